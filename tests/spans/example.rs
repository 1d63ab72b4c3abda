//! The example `spans`, with the formatter and with JSON.
