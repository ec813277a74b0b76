//! Claims about the product, made as an application would make them.
