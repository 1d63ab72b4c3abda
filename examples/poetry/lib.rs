//! What the poetry programs share.
