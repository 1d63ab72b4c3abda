//! What the compiler says to users.
