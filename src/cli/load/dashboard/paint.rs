//! How the dashboard's texts are styled.
//!
//! Colour only where it says something, and none where none is wanted. Lays nothing out.

use ratatui::style::{Color, Modifier, Style};

/// Whether there is colour.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint {
    pub(super) color: bool,
}

impl Paint {
    fn colored(self, color: Color) -> Style {
        if self.color { Style::new().fg(color) } else { Style::new() }
    }

    /// What is there to be looked past.
    pub(super) fn dim(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    /// What a reader looks for first.
    pub(super) fn bold(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// What is wrong.
    pub(super) fn bad(self) -> Style {
        self.colored(Color::Red).add_modifier(Modifier::BOLD)
    }

    /// What a person should look at.
    pub(super) fn doubtful(self) -> Style {
        self.colored(Color::Yellow)
    }

    /// What goes as it should.
    pub(super) fn good(self) -> Style {
        self.colored(Color::Green)
    }

    /// A curve.
    pub(super) fn curve(self) -> Style {
        self.colored(Color::Cyan)
    }

    /// Plain, or bad where it is so.
    pub(super) fn bad_if(self, is: bool) -> Style {
        if is { self.bad() } else { Style::new() }
    }
}
