//! Records as text, HTML, JSON, JUnit and Markdown.
//!
//! Only shows: every figure is taken from the record. Runs nothing, writes no file.

<<<<<<< HEAD
=======
pub mod certificate;
>>>>>>> e2df3dd (Make keys and verify certificates on the command line, and show how others verify one)
pub mod certification;
pub mod diagnostics;
pub mod diff;
pub mod format;
pub mod html;
pub mod junit;
pub mod markdown;
pub mod text;
pub mod visible;

pub use format::{Format, render};
