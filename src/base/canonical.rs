//! The one way to write a JSON value down (RFC 8785), so that equal values have equal bytes and can be signed.
//!
//! Members in the order of their UTF-16 code units, numbers as ECMAScript writes them. Never reads JSON, and never rounds a
//! number in silence.

use serde_json::{Map, Number, Value};

/// The largest integer that every reader of JSON holds exactly.
const EXACT: u64 = 1 << 53;

/// The canonical bytes of a value.
///
/// # Errors
/// A lower-case fragment, where the value holds an integer that a double cannot hold: two readers could see two numbers.
pub fn canonical(value: &Value) -> Result<Vec<u8>, String> {
    let mut out = String::new();
    write(value, &mut out)?;
    Ok(out.into_bytes())
}

fn write(value: &Value, out: &mut String) -> Result<(), String> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => out.push_str(&written(number)?),
        Value::String(text) => quote(text, out),
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(item, out)?;
            }
            out.push(']');
        }
        Value::Object(members) => object(members, out)?,
    }
    Ok(())
}

fn object(members: &Map<String, Value>, out: &mut String) -> Result<(), String> {
    let mut members: Vec<_> = members.iter().collect();
    members.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
    out.push('{');
    for (i, (name, value)) in members.into_iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        quote(name, out);
        out.push(':');
        write(value, out)?;
    }
    out.push('}');
    Ok(())
}

/// RFC 8785 section 3.2.2.2: as few escapes as JSON allows.
fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

fn written(number: &Number) -> Result<String, String> {
    let refused = || Err(format!("the integer {number} is beyond 2^53, where readers of JSON begin to round"));
    match (number.as_u64(), number.as_i64()) {
        (Some(whole), _) if whole <= EXACT => Ok(whole.to_string()),
        (None, Some(whole)) if whole.unsigned_abs() <= EXACT => Ok(whole.to_string()),
        (Some(_), _) | (_, Some(_)) => refused(),
        (None, None) => match number.as_f64() {
            Some(double) if double.is_finite() => Ok(ecmascript(double)),
            _ => Err(format!("{number} is no number that JSON can hold")),
        },
    }
}

/// `Number::toString` of ECMA-262, from the shortest digits that read back as the same double.
fn ecmascript(double: f64) -> String {
    if double == 0.0 {
        return "0".to_owned();
    }
    let (digits, point) = shortest(double);
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let sign = if double < 0.0 { "-" } else { "" };
    let zeros = |n: i32| "0".repeat(usize::try_from(n).unwrap_or(0));
    let split = |at: i32| digits.split_at(usize::try_from(at).unwrap_or(0));
    if point >= count && point <= 21 {
        format!("{sign}{digits}{}", zeros(point - count))
    } else if (1..=21).contains(&point) {
        let (whole, fraction) = split(point);
        format!("{sign}{whole}.{fraction}")
    } else if (-5..=0).contains(&point) {
        format!("{sign}0.{}{digits}", zeros(-point))
    } else {
        let (first, rest) = split(1);
        let dot = if rest.is_empty() { "" } else { "." };
        format!("{sign}{first}{dot}{rest}e{:+}", point - 1)
    }
}

/// The shortest digits that read back as the same double, the nearer ones of two and the even ones of a tie, and how many of them
/// stand before the point. The standard library breaks ties the other way, so they are those of the JSON writer.
fn shortest(double: f64) -> (String, i32) {
    let text = Number::from_f64(double.abs()).map(|n| n.to_string()).unwrap_or_default();
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let leading = all.len() - all.trim_start_matches('0').len();
    let before = i32::try_from(whole.len()).unwrap_or(0) - i32::try_from(leading).unwrap_or(0);
    (all.trim_matches('0').to_owned(), before + exponent.parse::<i32>().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::{canonical, ecmascript};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn text(value: &Value) -> String {
        String::from_utf8(canonical(value).unwrap()).unwrap()
    }

    /// RFC 8785 appendix B.
    #[test]
    fn numbers_of_the_appendix() {
        for (bits, shown) in [
            (0x0000_0000_0000_0000_u64, "0"),
            (0x8000_0000_0000_0000, "0"),
            (0x0000_0000_0000_0001, "5e-324"),
            (0x8000_0000_0000_0001, "-5e-324"),
            (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
            (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
            (0x4340_0000_0000_0000, "9007199254740992"),
            (0xc340_0000_0000_0000, "-9007199254740992"),
            (0x4430_0000_0000_0000, "295147905179352830000"),
            (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
            (0x44b5_2d02_c7e1_4af6, "1e+23"),
            (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
            (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
            (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
            (0x444b_1ae4_d6e2_ef50, "1e+21"),
            (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
            (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
            (0x41b3_de43_5555_5553, "333333333.3333332"),
            (0x41b3_de43_5555_5554, "333333333.33333325"),
            (0x41b3_de43_5555_5555, "333333333.3333333"),
            (0x41b3_de43_5555_5556, "333333333.3333334"),
            (0x41b3_de43_5555_5557, "333333333.33333343"),
            (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
            (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
        ] {
            assert_eq!(ecmascript(f64::from_bits(bits)), shown, "{bits:016x}");
            assert_eq!(text(&json!(f64::from_bits(bits))), shown, "{bits:016x}");
        }
    }

    /// RFC 8785 section 3.2.2 and 3.2.4.
    #[test]
    fn the_example_of_the_rfc() {
        let input: Value = serde_json::from_str(
            r#"{
              "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
              "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
              "literals": [null, true, false]
            }"#,
        )
        .unwrap();
        let expected = concat!(
            r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"#,
            r#""string":"€$\u000f\nA'B\"\\\\\"/"}"#
        );
        assert_eq!(text(&input), expected);
    }

    /// RFC 8785 section 3.2.3.
    #[test]
    fn members_are_in_the_order_of_their_code_units() {
        let input = json!({
            "\u{20ac}": "Euro Sign", "\r": "Carriage Return", "\u{fb33}": "Hebrew Letter Dalet With Dagesh", "1": "One",
            "\u{1f600}": "Emoji: Grinning Face", "\u{80}": "Control", "\u{f6}": "Latin Small Letter O With Diaeresis",
        });
        let written: Value = serde_json::from_slice(&canonical(&input).unwrap()).unwrap();
        let order: Vec<_> = written.as_object().unwrap().values().filter_map(Value::as_str).collect();
        assert_eq!(
            order,
            [
                "Carriage Return",
                "One",
                "Control",
                "Latin Small Letter O With Diaeresis",
                "Euro Sign",
                "Emoji: Grinning Face",
                "Hebrew Letter Dalet With Dagesh",
            ]
        );
    }

    #[test]
    fn integers_that_readers_round_are_refused() {
        assert_eq!(text(&json!([9_007_199_254_740_992_u64, -9_007_199_254_740_992_i64])), "[9007199254740992,-9007199254740992]");
        for beyond in [json!(9_007_199_254_740_993_u64), json!(-9_007_199_254_740_993_i64), json!([u64::MAX])] {
            assert!(canonical(&beyond).unwrap_err().contains("2^53"), "{beyond}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_and_is_written_the_same(double in proptest::num::f64::NORMAL, string in ".*") {
            let value = json!({"n": double, "s": string});
            let bytes = canonical(&value).unwrap();
            let read: Value = serde_json::from_slice(&bytes).unwrap();
            prop_assert_eq!(read["n"].as_f64(), Some(double));
            prop_assert_eq!(&read["s"], &value["s"]);
            // An integral double reads back as an integer, which is refused beyond 2^53: the bytes are compared as text.
            prop_assert_eq!(canonical(&json!({"s": string, "n": double})).unwrap(), bytes);
        }
    }
}
