//! A receiver of callbacks that checks what arrives and answers as told.
//!
//! Takes what comes and hands it to the checks. Never sends anything by itself.
