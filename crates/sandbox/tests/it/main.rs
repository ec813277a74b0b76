//! Claims about the sandbox, made as a client sees it.

#[cfg(test)]
mod chains;
#[cfg(test)]
mod dialects;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod drive;
#[cfg(test)]
mod every_spec;
#[cfg(test)]
mod logins;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod revocations;
#[cfg(test)]
mod serving;
#[cfg(test)]
mod styles;
#[cfg(test)]
mod tokens;
