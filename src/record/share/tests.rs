//! What a shared record keeps, and what it does not.
//!
//! Over made-up records of each kind; no run.

use super::{DROPPED, is_shared, share};
use crate::record::certification::fixture as certifications;
use crate::record::fixture;
use crate::record::load::fixture as loads;
use crate::record::monitor::fixture as watches;
use serde::Serialize;
use serde::de::DeserializeOwned;

fn shared<T: Serialize + DeserializeOwned>(record: &T) -> (T, String) {
    let shared = share(record).expect("it is shared");
    let text = serde_json::to_string(&shared).expect("JSON");
    (shared, text)
}

#[test]
fn what_was_said_is_gone_and_what_was_found_stays() {
    let mut outcome = fixture::failing();
    outcome.target = "https://api.acme-bank.com/v1".to_owned();
    for exchange in &mut outcome.exchanges {
        exchange.request.url = "https://api.acme-bank.com/v1/customers/C-20231107?iban=FR7612345&page=2".to_owned();
        exchange.request.headers.push("X-Customer", "Ada Lovelace");
        exchange.request.headers.push("Host", "api.acme-bank.com");
        exchange.request.body = r#"{"customer":"C-20231107","state":"SIGNED"}"#.into();
    }
    outcome.cases[1].steps[0].findings[0].actual = "`Ada Lovelace`".to_owned();
    outcome.cases[1].steps[0].findings[0].expected = "`SIGNED` for C-20231107".to_owned();
    outcome.cases[1].reason = Some("api.acme-bank.com:443 refused the connection".to_owned());
    let record = fixture::record(&outcome);
    let (shared, text) = shared(&record);
    for gone in ["acme", "Lovelace", "FR76", "C-20231107", "SIGNATORIES\\\":", "<script>"] {
        assert!(!text.contains(gone), "{gone}: {text}");
    }
    assert_eq!((shared.verdict, &shared.sentence, shared.totals), (record.verdict, &record.sentence, record.totals));
    assert_eq!((&shared.coverage, &shared.gates), (&record.coverage, &record.gates));
    for (mine, theirs) in shared.cases.iter().flat_map(|c| c.findings()).zip(record.cases.iter().flat_map(|c| c.findings())) {
        assert_eq!(
            (&mine.check, &mine.instance, &mine.schema, &mine.spec),
            (&theirs.check, &theirs.instance, &theirs.schema, &theirs.spec)
        );
        assert_eq!((&mine.curl, mine.excerpt.len()), (&None, 0));
    }
    let finding = &shared.cases[1].steps[0].findings[0];
    assert_eq!((finding.actual.as_str(), finding.expected.as_str()), (DROPPED, "`SIGNED` for [value-1]"));
    let url = &shared.exchanges[0].request.url;
    assert_eq!(url, "https://host-1.example/v1/customers/[value-1]?iban=[value-2]&page=[value-3]");
    assert_eq!(
        (shared.target.as_str(), shared.cases[1].reason.as_deref()),
        ("https://host-1.example/v1", Some("host-1.example:443 refused the connection"))
    );
    assert_eq!(shared.exchanges[0].request.body.length, record.exchanges[0].request.body.length);
    let listed: Vec<&str> = shared.redactions.iter().filter(|r| r.rule == "share").map(|r| r.place.as_str()).collect();
    for place in
        ["bodies", "commands that repeat a call", "excerpts of bodies", "host names", "query values", "values of header fields"]
    {
        assert!(listed.contains(&place), "{place}: {listed:?}");
    }
    assert!(is_shared(&shared.redactions) && !is_shared(&record.redactions));
    assert_eq!(share(&shared).as_ref(), Ok(&shared), "once is enough");
}

#[test]
fn every_kind_of_record_can_be_shared() {
    let certification = certifications::record(&certifications::failing());
    let (shared_certification, text) = shared(&certification);
    assert!(!text.contains("partner.example") && !text.contains("<script>") && text.contains("host-1.example"), "{text}");
    assert_eq!(shared_certification.sentence, certification.sentence);
    let load = loads::record(&loads::failing());
    let (shared_load, text) = shared(&load);
    assert_eq!((&shared_load.load, &shared_load.series, &shared_load.slos), (&load.load, &load.series, &load.slos));
    assert!(!text.contains("SBX-NO-SIGNATORIES"), "{text}");
    let watch = watches::failing();
    let (shared_watch, text) = shared(&watch);
    assert_eq!((shared_watch.verdict, &shared_watch.all), (watch.verdict, &watch.all));
    assert!(!text.contains("pets.example"), "{text}");
}
