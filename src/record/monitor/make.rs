//! Makes the record of a watch: of one that goes on, that ended, or that was killed.
//!
//! Where its words become stored words and what must not be shown is taken out, and where every figure of a report is had from the room
//! of availability. Reads and writes no file.

use crate::model::availability::{Probe, Target, TargetVerdict};
use crate::model::histogram::Histogram;
use crate::model::redact::Redactor;
use crate::monitor::budget::judge;
use crate::monitor::figures::{Promise, Seen, over_all};
use crate::monitor::incidents::{Incident, incidents};
use crate::monitor::ledger::Session;
use crate::monitor::log::{Log, first_and_last};
use crate::record::make::{command, machine};
use crate::record::monitor::measure::{self, Calendar, Subject};
use crate::record::monitor::replay::Stored;
use crate::record::monitor::shape::{
    FORMAT, FailureRecord, GapRecord, IncidentRecord, JumpRecord, MonitorRecord, MonitorResult, SessionRecord, SubjectRecord,
    TargetRecord, VERSION,
};
use crate::record::monitor::words;
use crate::record::redactions;
use crate::record::scrub;
use crate::record::shape::{BuildRecord, DocumentRecord};
use crate::window::spans::Stretch;
use jiff::tz::TimeZone;

/// What a record says beside what the watch itself produced.
#[derive(Clone, Debug, Default)]
pub struct MonitorFacts {
    /// The tool's version.
    pub tool_version: String,
    /// The command as typed, word by word.
    pub command: Vec<String>,
    /// The plan, suites and specs, by digest; see [`crate::record::digest::document`].
    pub documents: Vec<DocumentRecord>,
    /// What is known of the machine (`processors`, `kernel`), in order.
    pub machine: Vec<(String, String)>,
    /// How the tool was built.
    pub build: Option<BuildRecord>,
}

/// The record of what is stored: redacted, with every figure that a report shows.
///
/// `promises` says by operation what was stated and when maintenance was planned, over the run at least; of an operation without one
/// nothing was stated. `zone` is the one of dates, weekdays and hours.
#[must_use]
pub fn make(
    stored: &Stored,
    promises: &[Promise],
    targets: &[Target],
    zone: &TimeZone,
    redactor: &Redactor,
    facts: &MonitorFacts,
) -> MonitorRecord {
    let header = &stored.header;
    let text = |text: &str| scrub::text(redactor, text);
    let run = Stretch::new(stored.began, stored.until);
    let nothing = Promise::default();
    let promise = |operation: usize| promises.get(operation).unwrap_or(&nothing);
    let subjects: Vec<Subject> = stored.logs.iter().enumerate().map(|(at, log)| subject(stored, log, promise(at), run)).collect();
    let all = together(&subjects);
    let calendar = Calendar::of(run, zone);
    let operations: Vec<SubjectRecord> =
        subjects.iter().enumerate().map(|(at, subject)| operation(stored, at, subject, &calendar)).collect();
    let observed = operations.iter().any(|o| o.excluded.observed_ns > 0);
    let targets = targets.iter().map(|t| target(stored, t, &all, &subjects, run)).collect::<Vec<_>>();
    let verdicts = targets.iter().map(|(verdict, _)| *verdict);
    let mut record = MonitorRecord {
        format: FORMAT.to_owned(),
        version: VERSION,
        tool_version: facts.tool_version.clone(),
        command: (!facts.command.is_empty()).then(|| command(&facts.command, redactor).join(" ")),
        name: text(&header.name),
        target: scrub::url(redactor, &header.target),
        environment: redactor.text(&header.environment),
        seed: header.seed,
        began: stored.began,
        ended: stored.until.max(stored.began),
        took_ns: run.map_or(0, |r| r.length().0),
        rule: header.rule.to_string(),
        window: text(&header.window),
        zone: zone.iana_name().unwrap_or("UTC").to_owned(),
        zone_database: header.zone_database.clone(),
        verdict: MonitorResult::of(verdicts, observed),
        sentence: String::new(),
        targets: targets.into_iter().map(|(_, record)| record).collect(),
        all: whole(stored, &all, &operations, &calendar),
        incidents: outages(stored, promise, redactor),
        operations,
        sessions: stored.sessions.iter().map(|s| session(s, stored)).collect(),
        gaps: stored.gaps.stretches().iter().map(gap).collect(),
        clock_jumps: stored.jumps.iter().map(|(at, by)| JumpRecord { at: *at, by_ns: *by }).collect(),
        redactions: Vec::new(),
        notes: stored.notes.iter().map(|note| text(&note.message)).collect(),
        documents: facts.documents.clone(),
        machine: machine(&facts.machine, redactor),
        build: facts.build.clone(),
    };
    record.sentence = words::sentence(&record);
    record.redactions = redactions::list(&record, &[]);
    record
}

fn subject(stored: &Stored, log: &Log, promise: &Promise, run: Option<Stretch>) -> Subject {
    let seen = Seen::of(&log.stretches, &stored.gaps);
    let (eligible, raw) = run.map_or_else(Default::default, |run| (promise.eligible(run), promise.raw(run)));
    Subject { raw_seen: seen.clone(), seen, eligible, raw }
}

/// All operations as one, once over the time that counts and once with maintenance left in.
fn together(subjects: &[Subject]) -> Subject {
    let (seen, eligible) = over_all(subjects.iter().map(|s| (&s.seen, &s.eligible)));
    let (raw_seen, raw) = over_all(subjects.iter().map(|s| (&s.raw_seen, &s.raw)));
    Subject { seen, eligible, raw_seen, raw }
}

fn operation(stored: &Stored, at: usize, subject: &Subject, calendar: &Calendar) -> SubjectRecord {
    let (log, watched) = (&stored.logs[at], &stored.header.operations[at]);
    let mut record = measure::subject(&watched.name, subject, calendar);
    record.interval_ns = Some(watched.interval.0);
    measure::probes(&mut record, log, &subject.eligible);
    record.response_time = measure::times(&log.inside);
    record.response_time_outside = measure::times(&log.outside);
    record
}

fn whole(stored: &Stored, all: &Subject, operations: &[SubjectRecord], calendar: &Calendar) -> SubjectRecord {
    let mut record = measure::subject("all operations", all, calendar);
    for operation in operations {
        measure::join(&mut record, operation);
    }
    let merged = |of: fn(&Log) -> &Histogram| {
        let mut times = Histogram::new();
        stored.logs.iter().for_each(|log| times.merge(of(log)));
        measure::times(&times)
    };
    record.response_time = merged(|log| &log.inside);
    record.response_time_outside = merged(|log| &log.outside);
    record
}

fn target(
    stored: &Stored,
    target: &Target,
    all: &Subject,
    subjects: &[Subject],
    run: Option<Stretch>,
) -> (TargetVerdict, TargetRecord) {
    let empty = Subject::default();
    let subject = target.operation.map_or(all, |at| subjects.get(at).unwrap_or(&empty));
    let name = target.operation.map(|at| stored.header.operations.get(at).map_or_else(|| at.to_string(), |o| o.name.clone()));
    // Of a run without a length nothing counts, whatever the stretch that stands for it.
    let run = run.unwrap_or(Stretch { from: stored.began, to: stored.began });
    let outcome = judge(target, &subject.seen, &subject.eligible, run);
    (outcome.verdict, measure::target(target.availability, name, target.over.map(|n| n.0), &outcome))
}

fn outages<'a>(stored: &Stored, promise: impl Fn(usize) -> &'a Promise, redactor: &Redactor) -> Vec<IncidentRecord> {
    let mut all: Vec<Incident> = Vec::new();
    for (at, log) in stored.logs.iter().enumerate() {
        all.extend(incidents(at, &log.stretches, &stored.gaps, promise(at), stored.until));
    }
    all.sort_by_key(|i| (i.from, i.operation));
    all.iter().map(|i| outage(stored, i, redactor)).collect()
}

fn outage(stored: &Stored, incident: &Incident, redactor: &Redactor) -> IncidentRecord {
    let failing = &stored.logs[incident.operation].failing;
    let mut kept = first_and_last(failing, incident.from, incident.to).map(|p| failure(p, redactor));
    IncidentRecord {
        operation: stored.header.operations[incident.operation].name.clone(),
        from: incident.from,
        to: incident.to,
        open: incident.open,
        down_ns: incident.down.0,
        inside_ns: incident.inside.0,
        maintenance_ns: incident.maintenance.0,
        counted_ns: incident.counted.0,
        failed: incident.failed,
        first: kept.next(),
        last: kept.next(),
    }
}

fn failure(probe: &Probe, redactor: &Redactor) -> FailureRecord {
    FailureRecord {
        due: probe.due,
        took_ns: probe.took.0,
        why: probe.why.map(|why| why.word().to_owned()),
        status: probe.status,
        detail: scrub::text(redactor, &probe.detail),
    }
}

fn session(session: &Session, stored: &Stored) -> SessionRecord {
    let ended = session.ended.unwrap_or(stored.until).max(session.began);
    SessionRecord { began: session.began, ended, clean: session.clean }
}

fn gap(stretch: &Stretch) -> GapRecord {
    GapRecord { from: stretch.from, to: stretch.to, length_ns: stretch.length().0 }
}

#[cfg(test)]
mod tests {
    use super::make;
    use crate::base::diagnostic::Diagnostic;
    use crate::base::secret::Secret;
    use crate::model::redact::Redactor;
    use crate::record::monitor::fixture::{self, HOUR, MINUTE, SECOND, minute};
    use crate::record::monitor::shape::{FiguresRecord, MonitorResult, TargetResult};

    fn parts(figures: &FiguresRecord) -> [u64; 5] {
        let f = figures;
        [f.eligible_ns, f.up_ns, f.degraded_ns, f.down_ns, f.no_data_ns].map(|ns| ns / MINUTE)
    }

    #[test]
    fn every_figure_is_as_worked_out_by_hand() {
        let record = fixture::failing();
        // 14.5 h of the first day and 6.5 h of the second are stated, 1 h of it is maintenance: 1,200 min, or 1,260 with it.
        // Down: 20 min and 10 (20 with maintenance); degraded 5 min; nobody watched for 30 min.
        let [first, second] = &record.operations[..] else { panic!("two operations") };
        assert_eq!(parts(&first.excluded), [1_200, 1_135, 5, 30, 30]);
        assert_eq!(parts(&first.raw), [1_260, 1_185, 5, 40, 30]);
        assert_eq!(parts(&second.excluded), [1_200, 1_170, 0, 0, 30]);
        assert_eq!(parts(&record.all.excluded), [1_200, 1_135, 5, 30, 30]);
        assert_eq!(parts(&record.all.raw), [1_260, 1_185, 5, 40, 30]);
        // 1,140 of 1,170; 1,140 of 1,200; 1,170 of 1,200.
        let all = &record.all.excluded;
        assert_eq!((all.availability, all.at_least, all.at_most), (Some(974_358), Some(950_000), Some(975_000)));
        assert_eq!(all.observed_ns, 1_170 * MINUTE);

        // 36 h of minutes without 30, of which 1,170 were due in eligible time.
        let inside = first.probes;
        assert_eq!([inside.total, inside.up, inside.degraded, inside.down, inside.minutes], [1_170, 1_135, 5, 30, 1_170]);
        assert_eq!((inside.bad_minutes, first.probes_outside.total, first.probes_outside.down), (30, 960, 10));
        assert_eq!((second.probes.down, second.probes_outside.down, record.all.probes.total), (0, 30, 2_340));
        assert_eq!(first.causes.iter().map(|(k, v)| (k.as_str(), *v)).collect::<Vec<_>>(), [("server_error", 40), ("slow", 5)]);
        assert_eq!((first.response_time.samples, record.all.response_time.samples), (1_170, 2_340));
        assert_eq!(first.response_time_outside.samples, 960);

        // The run begins at 01:00 in Paris, and on its second day the clock is put forward.
        let days: Vec<_> = first.dates.iter().map(|d| (d.date.as_str(), d.length_ns / HOUR, parts(&d.figures))).collect();
        assert_eq!(days, [("2026-03-28", 23, [810, 750, 0, 30, 30]), ("2026-03-29", 13, [390, 385, 5, 0, 0])]);
        let hours: Vec<_> = [7, 10, 11, 12, 15].map(|h: usize| parts(&first.hours[h])).to_vec();
        let expected = [[60, 60, 0, 0, 0], [120, 100, 0, 20, 0], [120, 110, 0, 10, 0], [60, 60, 0, 0, 0], [60, 30, 0, 0, 30]];
        assert_eq!(hours, expected);
        assert_eq!(parts(&first.weekdays[5])[0] + parts(&first.weekdays[6])[0], 1_200);
    }

    #[test]
    fn targets_are_judged_and_said() {
        let record = fixture::failing();
        let verdicts: Vec<_> = record.targets.iter().map(|t| t.verdict).collect();
        assert_eq!(verdicts, [TargetResult::Fails, TargetResult::Holds, TargetResult::Fails]);
        assert_eq!(record.verdict, MonitorResult::Fails);
        assert_eq!(
            record.sentence,
            "2 of 3 targets are missed: all operations available for at least 99.9% of the run, and it was at most 97.5%; \
             listPets available for at least 99% of the run, and it was at most 97.5%"
        );
        // 0.1% of 1,200 min, of which 30 min are spent; 30 of 1,170 min observed is 25.64 times that.
        let all = &record.targets[0];
        assert_eq!((all.budget_ns, all.spent_ns, all.left_ns), (72 * SECOND, 30 * MINUTE, -1_728_000_000_000));
        assert_eq!(all.burns.iter().map(|b| b.hundredths).collect::<Vec<_>>(), [Some(0), Some(0), Some(2_564), Some(2_564)]);
        assert_eq!(all.alerts, []);
        // The last 12 h have 6.5 h in the window.
        let second = &record.targets[1];
        assert_eq!((second.from, second.figures.eligible_ns), (minute(24 * 60), 390 * MINUTE));
        assert_eq!(second.title, "showPet available for at least 95% of the last 12h");
    }

    #[test]
    fn outages_have_their_first_and_last_probe() {
        let record = fixture::failing();
        let shown: Vec<_> = record
            .incidents
            .iter()
            .map(|i| {
                let detail = |f: &Option<super::FailureRecord>| f.as_ref().map(|f| f.detail.clone()).unwrap_or_default();
                let lengths = [i.down_ns, i.inside_ns, i.maintenance_ns, i.counted_ns].map(|ns| ns / MINUTE);
                (i.operation.as_str(), i.from, i.failed, lengths, detail(&i.first), detail(&i.last))
            })
            .collect();
        let detail = |m| format!("GET /pets: 503 at {}", minute(m));
        assert_eq!(
            shown,
            [
                ("listPets", minute(540), 20, [20, 20, 0, 20], detail(540), detail(559)),
                ("listPets", minute(650), 20, [20, 20, 10, 10], detail(650), detail(669)),
                ("showPet", minute(1_320), 30, [30, 0, 0, 0], detail(1_320), detail(1_349)),
            ]
        );
        assert!(record.incidents.iter().all(|i| !i.open));
        let sessions: Vec<_> = record.sessions.iter().map(|s| (s.began, s.ended, s.clean)).collect();
        assert_eq!(sessions, [(minute(0), minute(840), true), (minute(870), minute(2_160), true)]);
        assert_eq!(record.gaps.iter().map(|g| (g.from, g.length_ns)).collect::<Vec<_>>(), [(minute(840), 30 * MINUTE)]);
    }

    #[test]
    fn what_nobody_saw_is_inconclusive() {
        let record = fixture::empty();
        assert_eq!((record.verdict, record.took_ns), (MonitorResult::Inconclusive, 0));
        assert_eq!(record.sentence, "inconclusive: no time of the run is inside the window");
        assert_eq!(record.operations[0].excluded, FiguresRecord::default());
        let made = |targets: &[super::Target], days| {
            let promises = [fixture::promise(days), fixture::promise(days)];
            make(&fixture::stored(), &promises, targets, &fixture::paris(), &Redactor::default(), &fixture::facts())
        };
        let targets = fixture::targets();
        assert_eq!(made(&targets, 0).verdict, MonitorResult::Inconclusive, "nothing is promised");
        assert_eq!((made(&[], 2).verdict, made(&targets[1..2], 2).verdict), (MonitorResult::Holds, MonitorResult::Holds));
        // Of 97.5% at most and 95% at least, 97% is not decided.
        let level = crate::model::availability::Level::parse("97%").expect("a level");
        let undecided = made(&[super::Target { availability: level, ..targets[0] }], 2);
        assert_eq!(undecided.verdict, MonitorResult::Inconclusive);
        assert_eq!(
            undecided.sentence,
            "inconclusive: 1 of 1 target is not decided, since nothing is known of 30min; between 95% and 97.5% of eligible time"
        );
    }

    #[test]
    fn a_secret_is_nowhere_in_the_record() {
        const WORD: &str = "hunter2-hunter2";
        let mut stored = fixture::stored();
        stored.header.name = WORD.to_owned();
        stored.header.target = format!("https://{WORD}@pets.example/");
        stored.header.environment = WORD.to_owned();
        stored.header.window = WORD.to_owned();
        stored.notes.push(Diagnostic::warning("x", WORD));
        for log in &mut stored.logs {
            log.failing.iter_mut().for_each(|p| p.detail = format!("GET /?k={WORD}"));
        }
        let mut facts = fixture::facts();
        facts.command = ["proofmark", "monitor", "--secret", "s3cret-typed", WORD].map(str::to_owned).to_vec();
        facts.machine.push(("host".to_owned(), WORD.to_owned()));
        let redactor = Redactor::new([Secret::new(WORD.to_owned())]);
        let promises = [fixture::promise(2), fixture::promise(2)];
        let record = make(&stored, &promises, &fixture::targets(), &fixture::paris(), &redactor, &facts);
        let text = serde_json::to_string(&record).expect("a record is JSON");
        assert!(!text.contains("hunter2") && !text.contains("s3cret-typed"), "{text}");
        assert!(text.contains("GET /?k=[redacted]"), "{text}");
    }
}
