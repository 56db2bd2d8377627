//! Plays the sender of callbacks against a partner's endpoint, module by module.
//!
//! Sends deliveries as planned and waits for what comes. Never decides what a profile accepts and never stores anything.
