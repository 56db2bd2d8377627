//! The only stored shape of a run, versioned.
//!
//! Turns outcomes into records, redacting as it does; reads and writes them. Renders nothing.
