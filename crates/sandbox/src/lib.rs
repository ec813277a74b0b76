//! Serves API descriptions on loopback, so that clients can be tried without an account.
