//! Nothing but tests lives in this package: see `ui.rs`, `semantics/` and `poetry/`.
