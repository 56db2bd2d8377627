//! What is a credential by its looks: the shapes that issuers give theirs, and what looks drawn at random.
//!
//! Finds spans and never a meaning. What an API identifies things by must stay readable, so hexadecimal digests, UUIDs and words are
//! left alone.

use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// The shortest run of characters that can look drawn at random: 32 of them hold more than 128 bits, and the usual identifiers (UUID,
/// ULID, KSUID, Nano ID) are shorter or of one case.
const SHORTEST: usize = 32;
/// The longest: what is longer is content in base64, such as a document, and no credential.
const LONGEST: usize = 512;

/// Shapes of credentials; what is hidden is the group, or all of it where there is none.
const SHAPES: &str = concat!(
    r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z ]*PRIVATE KEY-----|\z)",
    r"|\bwhs[ek]c?_[A-Za-z0-9+/]{16,}=*",
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    r"|\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_[A-Za-z0-9_]{22,}\b|\bglpat-[A-Za-z0-9_-]{20,}",
    r"|\bxox[abeprs]-[A-Za-z0-9-]{10,}",
    r"|\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}\b",
    r"|\bAIza[0-9A-Za-z_-]{35}",
    r"|(?i:\bbearer +)([A-Za-z0-9._~+/-]{20,}=*)",
);

static SHAPE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(SHAPES).ok());

/// What has the shape of a credential, in order.
pub(super) fn shaped(text: &str) -> Vec<Range<usize>> {
    let Some(shape) = SHAPE.as_ref() else { return Vec::new() };
    shape.captures_iter(text).filter_map(|found| found.get(1).or_else(|| found.get(0)).map(|part| part.range())).collect()
}

/// What looks drawn at random, in order.
pub(super) fn random(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let (mut found, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        if !is_of_token(bytes[at]) {
            at += 1;
            continue;
        }
        let end = bytes[at..].iter().position(|b| !is_of_token(*b)).map_or(bytes.len(), |length| at + length);
        // Padding stands at the end of a token alone; a sign of equality before one belongs to what assigns it.
        let starts: Vec<usize> = assigned(&bytes[at..end]).into_iter().map(|start| at + start).collect();
        for (i, start) in starts.iter().enumerate() {
            let stop = starts.get(i + 1).copied().unwrap_or(end);
            pieces(bytes, *start..stop, &mut found);
        }
        at = end;
    }
    found
}

/// Where what is assigned begins in a run: after every `=` that is followed by more.
fn assigned(run: &[u8]) -> Vec<usize> {
    let after = run.windows(2).enumerate().filter(|(_, pair)| pair[0] == b'=' && pair[1] != b'=').map(|(i, _)| i + 1);
    std::iter::once(0).chain(after).collect()
}

/// Adds a run, or the parts of it between slashes: in a path each stands by itself, in base64 a slash is a digit.
fn pieces(bytes: &[u8], run: Range<usize>, found: &mut Vec<Range<usize>>) {
    let text = &bytes[run.clone()];
    let mut parts = Vec::new();
    let mut start = run.start;
    for (i, byte) in text.iter().enumerate() {
        if *byte == b'/' {
            parts.push(start..run.start + i);
            start = run.start + i + 1;
        }
    }
    parts.push(start..run.end);
    let mixed = |part: &Range<usize>| part.len() < SHORT || changes(&bytes[part.clone()]).is_some_and(|share| share >= WORDLIKE);
    if parts.len() > 1 && !text.starts_with(b"/") && parts.iter().all(mixed) && looks_random(text) {
        found.push(run);
    } else {
        found.extend(parts.into_iter().filter(|part| looks_random(&bytes[part.clone()])));
    }
}

fn is_of_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=')
}

/// How often letters change their case or become digits, of every pair of neighbours: two thirds in base64 of what is random, a third
/// at most in words that are written together.
const LEAST_CHANGES: f64 = 0.4;
/// The same of a part between slashes: below it, the slashes are those of a path.
const WORDLIKE: f64 = 0.2;
/// Parts that are too short to tell.
const SHORT: usize = 6;
/// Bits a character; a pattern that repeats has less, and so has everything in sixteen digits.
const LEAST_BITS: f64 = 4.1;

fn looks_random(token: &[u8]) -> bool {
    let trimmed = token.iter().rposition(|b| *b != b'=').map_or(0, |last| last + 1);
    let token = &token[..trimmed];
    if token.len() < SHORTEST || token.len() > LONGEST {
        return false;
    }
    let has = |kind: fn(&u8) -> bool| token.iter().any(kind);
    has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_digit)
        && changes(token).is_some_and(|share| share >= LEAST_CHANGES)
        && bits(token) >= LEAST_BITS
}

/// The share of neighbours, signs left out, of which one is a small letter, a capital or a digit and the other is not.
fn changes(token: &[u8]) -> Option<f64> {
    let kind = |byte: &u8| (byte.is_ascii_lowercase(), byte.is_ascii_uppercase());
    let kinds: Vec<(bool, bool)> = token.iter().filter(|b| b.is_ascii_alphanumeric()).map(kind).collect();
    let pairs = kinds.len().checked_sub(1).filter(|pairs| *pairs > 0)?;
    let changed = kinds.windows(2).filter(|pair| pair[0] != pair[1]).count();
    Some(count(changed) / count(pairs))
}

/// Shannon's entropy of its characters, in bits a character.
fn bits(token: &[u8]) -> f64 {
    let mut seen = [0_usize; 256];
    for byte in token {
        seen[usize::from(*byte)] += 1;
    }
    let of = |times: &usize| {
        let share = count(*times) / count(token.len());
        -share * share.log2()
    };
    seen.iter().filter(|times| **times > 0).map(of).sum()
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}

#[cfg(test)]
mod tests {
    use super::{random, shaped};
    use crate::base::seed::Seed;
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    fn found(text: &str) -> Vec<&str> {
        random(text).into_iter().map(|span| &text[span]).collect()
    }

    #[test]
    fn what_identifies_is_not_taken_for_a_credential() {
        for text in [
            "732f51d4-033a-47be-baf4-c4d2a22f9368",
            "9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "01ARZ3NDEKTSV4RRFFQ69G5FAV",
            "0ujsswThIGTUYm2K8FjOOfXtY1K",
            "V1StGXR8_Z5jdHi6B-myT",
            "callFunctionCheckIfDataAlreadyExistsPerpetualSubinventory2",
            "assignVariablesOjTabBar1482653721SelectedItem",
            "recallNoticesRecallBusinessUnits-validation-group-1297083594-1",
            "https://api.example.com/v1/Accounts/2023/notifications/0ujsswThIGTUYm2K8FjOOfXtY1K/events",
            "LAAS_CONTRACT_SIGNATURE_everyone_signs_2_COMPLETED",
            "Aa0Aa0Aa0Aa0Aa0Aa0Aa0Aa0Aa0Aa0Aa0Aa0",
            "2026-11-21T20:05:12.123456789Z/PT15M30S",
            "application/vnd.Example.Contract.V2+json;charset=UTF-8;Profile=Long",
        ] {
            assert_eq!(found(text), Vec::<&str>::new(), "{text}");
        }
        let document = STANDARD.encode([0x5a; 900]);
        assert_eq!(found(&document), Vec::<&str>::new());
    }

    #[test]
    fn what_is_drawn_at_random_is_found_whole_in_nearly_every_case() {
        let (mut whole, mut all) = (0, 0);
        for number in 0..500_u64 {
            let bytes: Vec<u8> = (0..5).flat_map(|part| Seed(number).derive(&format!("{part}")).0.to_le_bytes()).collect();
            for length in [24, 32, 40] {
                for token in [STANDARD.encode(&bytes[..length]), URL_SAFE_NO_PAD.encode(&bytes[..length])] {
                    let text = format!("{{\"t\":\"{token}\",\"k={token}&x=1 ");
                    all += 2;
                    let hidden = found(&text);
                    whole += hidden.iter().filter(|part| part.trim_end_matches('=') == token.trim_end_matches('=')).count();
                }
            }
        }
        assert!(whole * 100 >= all * 98, "{whole} of {all}");
    }

    #[test]
    fn shapes_that_issuers_give_are_found() {
        let taken = |text: &'static str| shaped(text).into_iter().map(|span| &text[span]).collect::<Vec<_>>();
        assert_eq!(taken("x eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0. y"), ["eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0."]);
        assert_eq!(taken("it says bearer abcdefghijklmnopqrstuvwxyz==!"), ["abcdefghijklmnopqrstuvwxyz=="]);
        assert_eq!(taken("Bearer realm=\"x\", error=\"invalid_token\""), Vec::<&str>::new());
        assert_eq!(taken("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw AKIAIOSFODNN7EXAMPLE").len(), 2);
        assert_eq!(taken("-----BEGIN PRIVATE KEY-----\\nMIG").len(), 1);
    }
}
