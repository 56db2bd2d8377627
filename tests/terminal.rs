//! What a person sees at a terminal: the dashboard of a load, lines that are replaced, and what is left when they are gone.
//!
//! A terminal emulator of another hand draws the screens. Waits for what stands on them, never for a time.

#[path = "support/orders.rs"]
mod orders;
mod support;

use orders::{Orders, bench, write_plan};
use serde_json::{Value, json};
use std::path::Path;
use support::{BINARY, Bench, python};

const ONE: &str = "scenarios: [{call: getOrder, path: {id: o1}}]";
/// The alternate screen, and back.
const TAKEN: &str = "\u{1b}[?1049h";
const GIVEN_BACK: &str = "\u{1b}[?1049l";

/// A command on a terminal; `None` where the emulator is not there.
fn at_terminal(bench: &Bench, size: (u16, u16), steps: &Value, environment: &[(&str, &str)], args: &[&str]) -> Option<Seen> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/terminal.py");
    let mut command = std::process::Command::new(python()?);
    command.arg(script).args([size.0.to_string(), size.1.to_string(), steps.to_string()]).arg(BINARY).args(args);
    command.current_dir(bench.folder.path()).env_remove("NO_COLOR").envs(environment.iter().copied());
    let ran = command.output().expect("it runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let said: Value = serde_json::from_slice(&ran.stdout).expect("JSON");
    Some(Seen(said))
}

struct Seen(Value);

impl Seen {
    fn code(&self) -> i64 {
        self.0["code"].as_i64().expect("a code")
    }

    fn raw(&self) -> &str {
        self.0["raw"].as_str().expect("text")
    }

    /// A screen that was kept, as text.
    fn screen(&self, name: &str) -> String {
        text(&self.0["screens"][name])
    }

    /// What is left on the ordinary screen.
    fn left(&self) -> String {
        text(&self.0["last"])
    }
}

fn text(lines: &Value) -> String {
    lines.as_array().expect("lines").iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
}

/// Whether anything is coloured.
fn coloured(raw: &str) -> bool {
    raw.split("\u{1b}[").skip(1).any(|rest| {
        let Some((codes, _)) = rest.split_once('m') else { return false };
        codes.split(';').any(|code| matches!(code.parse::<u8>(), Ok(30..=37 | 38 | 40..=48 | 90..=107)))
    })
}

#[test]
fn a_load_takes_a_screen_of_its_own_and_gives_the_terminal_back() {
    let orders = Orders::right();
    let bench = bench(&orders.url);
    write_plan(&bench, &[ONE, "arrival: {model: open, stages: [{rate: 40/s, for: 3s}]}"]);
    let steps = json!([{"until": "40/s"}, {"keep": "during"}]);
    let args = ["load", "plan.yaml", "--env", "env.yaml"];
    let Some(seen) = at_terminal(&bench, (110, 36), &steps, &[], &args) else { return };
    // A machine that is busy with other tests spoils a measurement, and the view of it all the less.
    assert!(matches!(seen.code(), 0 | 3), "{}", seen.left());
    let during = seen.screen("during");
    for word in ["load orders", "p50", "getOrder", "judged", "q ends the load"] {
        assert!(during.contains(word), "{word}\n{during}");
    }
    let (taken, back) = (seen.raw().find(TAKEN).expect("a screen of its own"), seen.raw().rfind(GIVEN_BACK).expect("and back"));
    assert!(taken < back && seen.raw()[back..].contains("\u{1b}[?25h"), "the cursor is shown again");
    let left = seen.left();
    assert!(left.contains("validated 120 of 120"), "the report stands on the ordinary screen\n{left}");
    assert!(coloured(seen.raw()));
}

#[test]
fn a_load_ends_when_it_is_asked_to_and_tells_what_it_measured() {
    let orders = Orders::right();
    let bench = bench(&orders.url);
    write_plan(&bench, &[ONE, "arrival: {model: open, stages: [{rate: 20/s, for: 10m}]}"]);
    let args = ["load", "plan.yaml", "--env", "env.yaml"];
    // By the key, by Ctrl-C, and where there is hardly room for anything.
    for (keys, size) in [("q", (110, 36)), ("\u{3}", (110, 36)), ("q", (24, 6))] {
        let steps = json!([{"until": "q ends the load"}, {"send": keys}]);
        let Some(seen) = at_terminal(&bench, size, &steps, &[("NO_COLOR", "1")], &args) else { return };
        assert_eq!(seen.code(), 130, "{}", seen.left());
        assert!(seen.left().contains("interrupted"), "{}", seen.left());
        assert!(!coloured(seen.raw()), "NO_COLOR is honoured");
        assert!(!seen.raw().contains("panicked"), "{}", seen.raw());
    }
}

#[test]
fn a_line_of_progress_is_gone_when_a_check_is_over() {
    let bench = Bench::new();
    let steps = json!([{"until": " cases"}, {"keep": "during"}]);
    let Some(seen) = at_terminal(&bench, (110, 36), &steps, &[], &["check"]) else { return };
    assert_eq!(seen.code(), 0, "{}", seen.left());
    let line = seen.screen("during");
    assert!(line.lines().any(|line| line.contains(" of ") && line.ends_with(" cases")), "{line}");
    let left = seen.left();
    assert!(left.ends_with("conforms") && !left.lines().any(|line| line.ends_with(" cases") && line.contains(" of ")), "{left}");
}

#[test]
fn a_watch_shows_how_things_stand_until_it_is_stopped() {
    let orders = Orders::right();
    let bench = bench(&orders.url);
    bench.write("watch.yaml", "monitor: orders\nspec: spec.yaml\nprobes: [{call: getOrder, path: {id: o1}, every: 1s}]\n");
    let steps = json!([{"until": "getOrder  up"}, {"keep": "during"}, {"send": "\u{3}"}]);
    let Some(seen) = at_terminal(&bench, (100, 30), &steps, &[], &["monitor", "watch.yaml", "--env", "env.yaml"]) else { return };
    assert_eq!(seen.code(), 0, "{}", seen.left());
    assert!(!seen.left().contains("getOrder  up"), "the line is gone\n{}", seen.left());
    assert!(seen.left().contains("available"), "{}", seen.left());
}
