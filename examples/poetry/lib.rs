//! What the poetry programs share: their protocols, their options and their progress bars.
//!
//! A poetry server writes one poem to whoever connects and closes the connection. A transform server takes a netstring
//! with the name of a transform, a dot and a poem, and answers with a netstring that holds the transformed poem.

pub mod address;
pub mod netstring;
pub mod progress;

pub mod client;
pub mod server;
pub mod timeline;

pub mod options;
