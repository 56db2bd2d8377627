//! Tables whole and broken, each fault with its line.
//!
//! Texts in, tables or diagnostics out; reads no file.

use super::{Format, MOST_ROWS, Rows};
use proptest::prelude::{ProptestConfig, prop_assert_eq, proptest};
use serde_json::{Value, json};

fn rows(name: &str, text: &str) -> Rows {
    Rows::read(name, text).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

/// Asserts what is said of a text, fault by fault: `line:column code message | hint`.
fn check(name: &str, text: &str, expected: &[&str]) {
    let faults = Rows::read(name, text).expect_err(text);
    let shown: Vec<String> = faults
        .into_iter()
        .map(|d| {
            let (line, column) = d.place.map_or((0, 0), |p| p.line_column());
            format!("{line}:{column} {} {} | {}", d.code, d.message, d.hint.unwrap_or_default())
        })
        .collect();
    assert_eq!(shown, expected, "{text}");
}

#[test]
fn values_of_csv_are_text() {
    let rows = rows("x.csv", "\u{feff}id, count\r\na-1,007\r\n\r\n\"b, \"\"2\"\"\",\r\n");
    assert_eq!((rows.columns.as_slice(), rows.len()), (["id".to_owned(), "count".to_owned()].as_slice(), 2));
    assert_eq!(rows.row(0), [json!("a-1"), json!("007")]);
    assert_eq!(rows.row(1), [json!("b, \"2\""), json!("")]);
    assert_eq!((rows.row(2), rows.column("count"), rows.column("x")), ([].as_slice(), Some(1), None));
}

#[test]
fn values_of_json_keep_their_types() {
    let rows = rows("x.JSONL", "{\"id\": 1, \"tags\": [true, null]}\n\n{\"tags\": {}, \"id\": \"2\"}\n");
    assert_eq!(rows.columns, ["id", "tags"]);
    assert_eq!((rows.row(0), rows.row(1)), ([json!(1), json!([true, null])].as_slice(), [json!("2"), json!({})].as_slice()));
}

#[test]
fn a_file_has_a_format_by_its_name() {
    assert_eq!((Format::of("a/b.CSV"), Format::of("x.ndjson")), (Ok(Format::Csv), Ok(Format::JsonLines)));
    check("ids.json", "", &["0:0 data/format `ids.json` is no data file: its name ends in .csv, .jsonl or .ndjson | "]);
}

#[test]
fn a_file_without_rows_says_so() {
    let hint = "a load takes its values from rows: write one at least";
    for (name, text) in [("x.csv", ""), ("x.csv", "id\n"), ("x.csv", "\n\n"), ("x.jsonl", " \n\n")] {
        check(name, text, &[&format!("0:0 data/empty `{name}` has no row | {hint}")]);
    }
}

#[test]
fn broken_csv_is_placed_line_by_line() {
    check(
        "x.csv",
        "id,,id\n1,2\n\n\"1\n2\",2,3\n1,2,3,4\n",
        &[
            "1:1 data/column column 2 has no name | ",
            "1:1 data/column two columns are named `id` | ",
            "2:1 data/ragged this row has length 2, and the header has length 3 | ",
            "6:1 data/ragged this row has length 4, and the header has length 3 | a value with a comma in it is quoted: \"a, b\"",
        ],
    );
    check(
        "x.csv",
        "id\na\n\"b\nc\n",
        &[
            "3:1 data/csv a quote is opened here and never closed | a quote inside of quotes is written twice: \"say \"\"yes\"\"\"",
        ],
    );
}

#[test]
fn broken_json_is_placed_line_by_line() {
    let hint = "each line is a whole object: {\"id\": \"a-1\", \"quantity\": 2}";
    check(
        "x.jsonl",
        "[1]\n{\"a\": 1, \"a\": 2}\n{\"id\": 1, \"name\": 2}\n{\"id\": 1\n{\"id\": 1, \"nmae\": 2}\n{\"id\": 1}\n{\"id\": 1} 2\n",
        &[
            &format!("1:1 data/json this line is no JSON object: invalid type: sequence, expected an object | {hint}"),
            "2:1 data/column `a` is written twice in this row | ",
            &format!("4:1 data/json this line is no JSON object: EOF while parsing an object | {hint}"),
            "5:1 data/ragged the first row has no `nmae` | did you mean `name`?",
            "6:1 data/ragged this row has no `name`, which the first row has | ",
            &format!("7:1 data/json this line is no JSON object: trailing characters | {hint}"),
        ],
    );
    check("x.jsonl", "{}\n", &["1:1 data/column a row without any value | "]);
}

#[test]
fn budgets_and_faults_are_counted() {
    let text = format!("id\n{}", "x\n".repeat(MOST_ROWS + 1));
    check(
        "x.csv",
        &text,
        &[&format!("{}:1 data/budget this is row 1000001, and a data file may have 1000000 | ", MOST_ROWS + 2)],
    );
    let faults = Rows::read("x.csv", &format!("a,b\n{}", "x\n".repeat(50))).expect_err("ragged");
    assert_eq!((faults.len(), faults[20].message.as_str()), (21, "`x.csv` has 30 more faults"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// What is written as CSV or as JSON lines is read as it was.
    #[test]
    fn tables_are_read_as_they_were_written(table in proptest::collection::vec(proptest::collection::vec("[ -~\n\u{e9}]{0,6}", 2), 1..8)) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["a", "b"]).expect("memory");
        table.iter().for_each(|row| writer.write_record(row).expect("memory"));
        let written = String::from_utf8(writer.into_inner().expect("memory")).expect("text");
        let expected: Vec<Value> = table.iter().flatten().map(|value| json!(value)).collect();
        prop_assert_eq!(&rows("x.csv", &written).values, &expected);
        let lines: Vec<String> = table.iter().map(|row| json!({"a": row[0], "b": row[1]}).to_string()).collect();
        prop_assert_eq!(&rows("x.jsonl", &lines.join("\r\n")).values, &expected);
    }

    /// Whatever a text holds, reading it ends with rows or with faults.
    #[test]
    fn no_text_stops_the_program(text in "[a\",\n\r{}:1 \u{feff}\u{e9}\\[\\]]{0,60}") {
        for name in ["x.csv", "x.jsonl"] {
            match Rows::read(name, &text) {
                Ok(rows) => prop_assert_eq!(rows.values.len(), rows.len() * rows.columns.len()),
                Err(faults) => faults.iter().for_each(|f| assert!(!f.render(false).is_empty())),
            }
        }
    }
}
