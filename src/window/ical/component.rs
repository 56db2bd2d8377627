//! Components and how they nest: a text as calendars with their zones and events (RFC 5545, section 3.4 to 3.6).
//!
//! Keeps the properties that are read, as text. Understands no value.

use crate::base::diagnostic::Diagnostic;
use crate::base::source::{Source, Span};
use crate::window::ical::faults::{Faults, shown};
use crate::window::ical::line::{Content, Lines};
use crate::window::ical::names;

/// The longest text that is read, in bytes.
pub(super) const LONGEST: usize = 16 << 20;
/// The most events that are read.
pub(super) const EVENTS: usize = 100_000;
/// The most components within one another.
const DEEPEST: usize = 32;
/// The most unknown names that are compared with known ones: the comparison costs more than reading.
const DOUBTS: usize = 1_000;

/// What a component is, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `VCALENDAR`.
    Calendar,
    /// `VEVENT`.
    Event,
    /// `VTIMEZONE`.
    Zone,
    /// `STANDARD` or `DAYLIGHT`.
    Observance,
    /// Anything else, passed over with all that is in it.
    Other,
}

/// A component with the properties that are read and the components that are.
#[derive(Debug)]
pub(super) struct Component<'a> {
    pub(super) kind: Kind,
    /// Its `BEGIN` line.
    pub(super) at: Span,
    pub(super) inner: Vec<Component<'a>>,
    properties: Vec<(&'static str, Content<'a>)>,
}

impl<'a> Component<'a> {
    /// The properties of a name, in order.
    pub(super) fn all(&self, name: &'static str) -> impl Iterator<Item = &Content<'a>> {
        self.properties.iter().filter(move |(known, _)| *known == name).map(|(_, content)| content)
    }

    /// The property of a name that may be written once; another one is an error, and the first counts.
    pub(super) fn one(&self, name: &'static str, faults: &mut Faults) -> Option<&Content<'a>> {
        let mut all = self.all(name);
        let first = all.next()?;
        for other in all {
            let fault = Diagnostic::error("calendar/twice", format!("`{name}` is written twice")).hint("keep one of them");
            faults.tell_of(other.whole(), first.whole(), "first written here", fault);
        }
        Some(first)
    }
}

/// The calendars of a text; `None` where it is refused as a whole, with the reason told.
pub(super) fn read<'a>(source: &'a Source, faults: &mut Faults) -> Option<Vec<Component<'a>>> {
    if source.text().len() > LONGEST {
        let message = format!("a calendar of {} MiB is not read", source.text().len() >> 20);
        let hint = format!("export a shorter period; up to {} MiB are read", LONGEST >> 20);
        faults.tell(Span::new(0, 0), Diagnostic::error("calendar/too-large", message).hint(hint));
        return None;
    }
    let mut tree = Tree { open: Vec::new(), done: Vec::new(), events: 0, doubts: 0, faults };
    for line in Lines::new(source.text()) {
        let is_first = tree.open.is_empty() && tree.done.is_empty();
        if is_first && !line.text().trim_end().eq_ignore_ascii_case("BEGIN:VCALENDAR") {
            let message = format!("this is no calendar: it begins with {}", shown(line.text()));
            let hint = "an iCalendar file begins with BEGIN:VCALENDAR; a page to log in on is often saved in its place";
            tree.faults.tell(line.whole(), Diagnostic::error("calendar/not-a-calendar", message).hint(hint));
            return None;
        }
        tree.line(Content::read(line)).ok()?;
    }
    tree.finish()
}

/// The whole text is refused; the reason is told.
struct Refused;

struct Tree<'a, 'f> {
    open: Vec<(String, Component<'a>)>,
    done: Vec<Component<'a>>,
    events: usize,
    doubts: usize,
    faults: &'f mut Faults,
}

impl<'a> Tree<'a, '_> {
    fn kind(&self) -> Option<Kind> {
        self.open.last().map(|(_, component)| component.kind)
    }

    fn line(&mut self, content: Result<Content<'a>, (Span, Diagnostic)>) -> Result<(), Refused> {
        let content = match content {
            Ok(content) => content,
            Err(_) if self.kind() == Some(Kind::Other) => return Ok(()),
            Err((at, fault)) => {
                self.faults.tell(at, fault);
                return Ok(());
            }
        };
        if content.name().eq_ignore_ascii_case("BEGIN") {
            return self.begin(&content);
        }
        if content.name().eq_ignore_ascii_case("END") {
            self.end(&content);
        } else {
            self.property(content);
        }
        Ok(())
    }

    fn begin(&mut self, content: &Content<'a>) -> Result<(), Refused> {
        let (name, at) = (content.value().trim(), content.whole());
        if self.open.len() == DEEPEST {
            let fault = Diagnostic::error("calendar/syntax", format!("more than {DEEPEST} components stand in one another"));
            self.faults.tell(at, fault.hint("no program nests them like this; an END line may be missing"));
            return Err(Refused);
        }
        let kind = self.opening(name, at);
        self.events += usize::from(kind == Kind::Event);
        if self.events > EVENTS {
            let fault = Diagnostic::error("calendar/too-large", format!("a calendar of more than {EVENTS} events is not read"));
            self.faults.tell(at, fault.hint("export a shorter period"));
            return Err(Refused);
        }
        self.open.push((name.to_owned(), Component { kind, at, inner: Vec::new(), properties: Vec::new() }));
        Ok(())
    }

    /// What a component is at this place. One that shows that an `END` is missing has it told, and closes what is open.
    fn opening(&mut self, name: &str, at: Span) -> Kind {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        let (kind, parent) = match () {
            () if self.kind() == Some(Kind::Other) => return Kind::Other,
            () if is("VCALENDAR") => (Kind::Calendar, None),
            () if is("VEVENT") => (Kind::Event, Some(Kind::Calendar)),
            () if is("VTIMEZONE") => (Kind::Zone, Some(Kind::Calendar)),
            () if is("STANDARD") || is("DAYLIGHT") => (Kind::Observance, Some(Kind::Zone)),
            () => {
                if !names::is_foreign_component(name) {
                    self.doubt(name, at, names::near_component);
                }
                return Kind::Other;
            }
        };
        let keep = match parent {
            None => 0,
            Some(parent) => self.open.iter().rposition(|(_, open)| open.kind == parent).map_or(0, |place| place + 1),
        };
        if keep == 0 && parent.is_some() {
            let within = if kind == Kind::Observance { "VTIMEZONE" } else { "VCALENDAR" };
            let fault = Diagnostic::error("calendar/syntax", format!("{} stands outside of {within}", shown(name)));
            self.faults.tell(at, fault.hint(format!("put it between BEGIN:{within} and END:{within}")));
            return Kind::Other;
        }
        self.close_down_to(keep, &format!("BEGIN:{}", name.to_ascii_uppercase()));
        kind
    }

    fn end(&mut self, content: &Content<'a>) {
        let name = content.value().trim();
        let Some(place) = self.open.iter().rposition(|(open, _)| open.eq_ignore_ascii_case(name)) else {
            let fault = Diagnostic::error("calendar/syntax", format!("END of {}, which is not open here", shown(name)));
            let hint = match self.open.last() {
                Some((open, _)) => format!("open is {}", shown(open)),
                None => "nothing is open: leave it out".to_owned(),
            };
            self.faults.tell(content.whole(), fault.hint(hint));
            return;
        };
        self.close_down_to(place + 1, &format!("END:{}", name.to_ascii_uppercase()));
        self.close();
    }

    /// Closes what is open beyond a depth, each with its fault.
    fn close_down_to(&mut self, depth: usize, before: &str) {
        while self.open.len() > depth {
            if let Some((name, component)) = self.open.last() {
                let fault =
                    Diagnostic::error("calendar/syntax", format!("{} is not closed before {}", shown(name), shown(before)));
                self.faults.tell(component.at, fault.hint(format!("write the END of {} before it", shown(name))));
            }
            self.close();
        }
    }

    fn close(&mut self) {
        let Some((_, component)) = self.open.pop().filter(|(_, component)| component.kind != Kind::Other) else { return };
        match self.open.last_mut() {
            Some((_, parent)) => parent.inner.push(component),
            None => self.done.push(component),
        }
    }

    fn property(&mut self, content: Content<'a>) {
        let Some((_, component)) = self.open.last_mut() else {
            let fault = Diagnostic::error("calendar/syntax", format!("{} stands outside of VCALENDAR", shown(content.name())));
            self.faults.tell(content.whole(), fault.hint("put it between BEGIN:VCALENDAR and END:VCALENDAR"));
            return;
        };
        if component.kind == Kind::Other {
            return;
        }
        let Some(name) = names::property(component.kind, content.name()) else {
            let kind = component.kind;
            if !names::is_foreign_property(content.name()) {
                self.doubt(content.name(), content.whole(), |name| names::near_property(kind, name));
            }
            return;
        };
        for wrong in content.params().filter_map(Result::err) {
            let fault = Diagnostic::error("calendar/syntax", format!("a parameter of `{name}` has no value"));
            self.faults.tell(content.line_span(&wrong), fault.hint("a parameter is NAME=value"));
        }
        component.properties.push((name, content));
    }

    /// An unknown name is passed over, except where it looks like a misspelling: what it was meant to say would be lost.
    fn doubt(&mut self, name: &str, at: Span, near: impl Fn(&str) -> Option<&'static str>) {
        if self.doubts == DOUBTS {
            return;
        }
        self.doubts += 1;
        if let Some(near) = near(name) {
            let fault = Diagnostic::error("calendar/unknown-name", format!("{} is no name of iCalendar", shown(name)));
            let hint = format!("did you mean `{near}`? a name of your own begins with X-");
            self.faults.tell(at, fault.hint(hint));
        }
    }

    fn finish(mut self) -> Option<Vec<Component<'a>>> {
        if self.open.is_empty() && self.done.is_empty() {
            let fault = Diagnostic::error("calendar/not-a-calendar", "this is no calendar: there is nothing in it");
            self.faults.tell(Span::new(0, 0), fault.hint("an iCalendar file begins with BEGIN:VCALENDAR"));
            return None;
        }
        self.close_down_to(0, "the end of the text");
        Some(self.done)
    }
}
