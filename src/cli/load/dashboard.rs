//! The live view of a load on a terminal of its own: the alternate screen, drawn again when there is news.
//!
//! Owns the terminal while a load runs and gives it back whatever happens. Says nothing that the report does not say too, and never touches a
//! request.

mod draw;
mod paint;
mod panels;
mod screen;
#[cfg(test)]
mod script;
mod state;

use crate::cli::INTERRUPTED;
use crate::cli::load::dashboard::paint::Paint;
use crate::cli::load::dashboard::screen::Screen;
use crate::cli::load::dashboard::state::{Ending, State};
use crate::cli::load::progress::Progress;
use crate::model::load::{LoadEvent, LoadObserver};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, poll, read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// No two drawings lie closer together.
const EVERY: Duration = Duration::from_millis(200);
/// How often it is looked whether there is news.
const LOOK: Duration = Duration::from_millis(100);

/// Shows a load on a screen of its own, from its first event that can be shown to its end.
pub(super) struct Dashboard {
    shared: Arc<Shared>,
    paint: Paint,
    showing: Mutex<Showing>,
    lines: Progress,
}

/// Where a load is shown.
#[derive(Default)]
enum Showing {
    /// Nothing is to be seen yet.
    #[default]
    Nowhere,
    /// On a screen of its own.
    Screen(JoinHandle<()>),
    /// In lines, since the terminal could not be taken.
    Lines,
}

/// What the load's thread and the drawing one share.
struct Shared {
    stop: CancellationToken,
    view: Mutex<View>,
}

#[derive(Default)]
struct View {
    state: State,
    news: bool,
    over: bool,
}

impl Shared {
    fn view(&self) -> MutexGuard<'_, View> {
        self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Dashboard {
    /// A dashboard that is not yet to be seen; keys on it cancel `stop`.
    pub(super) fn new(color: bool, stop: CancellationToken) -> Self {
        let shared = Arc::new(Shared { stop, view: Mutex::default() });
        Self { shared, paint: Paint { color }, showing: Mutex::default(), lines: Progress::new(true, false) }
    }

    /// Gives the terminal back.
    pub(super) fn close(&self) {
        self.shared.view().over = true;
        let showing = std::mem::take(&mut *self.showing());
        match showing {
            // A thread that panicked has given the terminal back on its way out.
            Showing::Screen(thread) => drop(thread.join()),
            Showing::Lines => self.lines.clear(),
            Showing::Nowhere => {}
        }
    }

    /// Nothing is shown before the load begins, so that faults of the inputs stand on the ordinary screen.
    fn open(&self) -> Showing {
        let Ok(screen) = Screen::open() else { return Showing::Lines };
        let (shared, paint) = (Arc::clone(&self.shared), self.paint);
        let thread = std::thread::Builder::new().name("dashboard".to_owned()).spawn(move || show(&shared, paint, screen));
        thread.map_or(Showing::Lines, Showing::Screen)
    }

    fn showing(&self) -> MutexGuard<'_, Showing> {
        self.showing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LoadObserver for Dashboard {
    fn observe(&self, event: LoadEvent<'_>) {
        {
            let view = &mut *self.shared.view();
            view.state.hear(event);
            view.news = true;
        }
        let mut showing = self.showing();
        if matches!((event, &*showing), (LoadEvent::Started(_), Showing::Nowhere)) {
            *showing = self.open();
        }
        if matches!(*showing, Showing::Lines) {
            self.lines.observe(event);
        }
    }
}

impl Drop for Dashboard {
    fn drop(&mut self) {
        self.close();
    }
}

/// Draws until the load is over, or somebody outside asked for its end and is to see the ordinary screen.
fn show(shared: &Shared, paint: Paint, mut screen: Screen) {
    let mut drawn: Option<Instant> = None;
    let mut redraw = true;
    while !shared.view().over {
        match poll(LOOK).and_then(|ready| if ready { read().map(Some) } else { Ok(None) }) {
            Ok(Some(Event::Key(key))) => redraw |= heard(key, shared, &mut screen),
            Ok(Some(Event::Resize(..))) => redraw = true,
            Ok(_) => {}
            Err(_) => return,
        }
        // A second signal ends the process at once: by then the terminal must be back.
        if shared.stop.is_cancelled() && shared.view().state.ending == Ending::Not {
            return;
        }
        if drawn.is_some_and(|at| at.elapsed() < EVERY) {
            continue;
        }
        let mut view = shared.view();
        if redraw || view.news {
            if screen.draw(|frame| draw::draw(&view.state, paint, frame)).is_err() {
                return;
            }
            (view.news, redraw, drawn) = (false, false, Some(Instant::now()));
        }
    }
}

/// Follows a key; true where it changes what is to be seen.
fn heard(key: KeyEvent, shared: &Shared, screen: &mut Screen) -> bool {
    if key.kind != KeyEventKind::Press {
        return false;
    }
    let control_c = key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
    let leave = matches!(key.code, KeyCode::Char('q' | 'Q'));
    let mut view = shared.view();
    if control_c && shared.stop.is_cancelled() && view.state.ending == Ending::Asked {
        screen.close();
        std::process::exit(i32::from(INTERRUPTED));
    }
    if (control_c || leave) && view.state.ending == Ending::Not {
        view.state.ending = Ending::Asked;
        shared.stop.cancel();
        return true;
    }
    false
}
