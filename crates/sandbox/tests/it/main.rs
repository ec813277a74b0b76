//! Claims about the sandbox, made as a client sees it.

mod drive;
mod every_spec;
