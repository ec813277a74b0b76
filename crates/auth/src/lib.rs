//! The token engine of keyfob clients: runs a token workflow, keeps one fresh token and presents it.
