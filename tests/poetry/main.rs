//! The poetry programs end to end: real processes, real sockets, every row of the tables of the tutorial's programs.
//!
//! No test sleeps. Where a peer has to hang, it hangs until the program under test gives it up.

mod address;
mod clients;
mod exploring;
mod netstring;
mod programs;
mod servers;
mod support;
