//! The terminal while a dashboard has it: raw, without cursor, on the alternate screen.
//!
//! Takes it and gives it back, also when the program panics. Knows nothing of what is drawn.

use crossterm::execute;
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use ratatui::backend::CrosstermBackend;
use ratatui::{Frame, Terminal};
use std::io::{self, Stderr, stderr};
use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The terminal, taken. Standard error is drawn on, so that standard output stays what was asked for.
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<Stderr>>,
    taken: Arc<AtomicBool>,
}

impl Screen {
    /// Takes the terminal.
    pub(super) fn open() -> io::Result<Self> {
        let taken = Arc::new(AtomicBool::new(true));
        enable_raw_mode()?;
        let terminal = execute!(stderr(), EnterAlternateScreen).and_then(|()| Terminal::new(CrosstermBackend::new(stderr())));
        let terminal = terminal.inspect_err(|_| give_back(&taken))?;
        // What a panic says must be seen, and on the alternate screen it would go with it.
        let (previous, held) = (panic::take_hook(), Arc::clone(&taken));
        panic::set_hook(Box::new(move |info| {
            give_back(&held);
            previous(info);
        }));
        Ok(Self { terminal, taken })
    }

    /// Draws once more, unless the terminal was given back.
    pub(super) fn draw(&mut self, picture: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        if !self.taken.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.terminal.draw(picture).map(|_| ())
    }

    /// Gives the terminal back.
    pub(super) fn close(&mut self) {
        if self.taken.load(Ordering::SeqCst) {
            let _ = self.terminal.show_cursor();
        }
        give_back(&self.taken);
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.close();
    }
}

/// Gives the terminal back, once. Where that fails it is gone, and there is nobody to be told.
fn give_back(taken: &AtomicBool) {
    if taken.swap(false, Ordering::SeqCst) {
        let _ = execute!(stderr(), LeaveAlternateScreen, crossterm::cursor::Show);
        let _ = disable_raw_mode();
    }
}
