//! Styles in both directions: the table of the specification, and that what was written is read again.
//!
//! Texts and values alone; nothing is sent.

use crate::contract::Contract;
use crate::contract::load::tests::contract;
use crate::contract::model::{In, Operation, Parameter, Style};
use crate::contract::style::{encode_cookie, encode_header, encode_path, encode_query, encode_whole_query};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

static CONTRACT: LazyLock<Contract> = LazyLock::new(|| {
    contract(
        "openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /x:
    get:
      parameters: [{name: other, in: query, schema: {type: string}}, {name: color, in: query, schema: {type: string}}]
      responses: {'200': {description: d}}
components:
  schemas:
    Text: {type: string}
    Any: {type: [integer, boolean, string]}
    Texts: {type: array, items: {type: string}}
    Members: {type: object, additionalProperties: {type: string}}
    Typed: {type: object, properties: {R: {type: integer}, G: {type: integer}, B: {type: integer}}}
    Deep: {type: object, properties: {a: {type: object, properties: {b: {type: integer}, c: {type: array, items: {type: boolean}}}}, s: {type: string}}}
",
    )
});

fn parameter(location: In, style: Style, explode: bool, schema: &str) -> Parameter {
    Parameter {
        name: "color".to_owned(),
        location,
        required: false,
        style,
        explode,
        allow_reserved: false,
        schema: Some(CONTRACT.component_schema(schema).expect("a component")),
        content: None,
        example: None,
    }
}

fn operation() -> &'static Operation {
    &CONTRACT.operations[0]
}

fn write(parameter: &Parameter, value: &Value) -> Result<String, String> {
    match parameter.location {
        In::Path => encode_path(parameter, value),
        In::Query => encode_query(parameter, value),
        In::QueryString => encode_whole_query(parameter, value),
        In::Header => encode_header(parameter, value),
        In::Cookie => encode_cookie(parameter, value),
    }
}

fn read(parameter: &Parameter, text: &str) -> Result<Option<Value>, String> {
    match parameter.location {
        In::Path => CONTRACT.decode_path(parameter, text).map(Some),
        In::Query | In::QueryString => CONTRACT.decode_query(operation(), parameter, text),
        In::Header => CONTRACT.decode_field(text, parameter.explode, parameter.schema.as_ref(), None).map(Some),
        In::Cookie => CONTRACT.decode_cookie(parameter, text),
    }
}

/// The table of style examples in OpenAPI 3.2, Parameter Object: what is written of it is read back.
#[test]
fn the_table_of_the_specification_holds_in_both_directions() {
    use Style::{Cookie, DeepObject, Form, Label, Matrix, PipeDelimited, Simple, SpaceDelimited};
    let rows = [
        (In::Path, Matrix, false, ";color=blue", ";color=blue,black,brown", ";color=R,100,G,200,B,150"),
        (In::Path, Matrix, true, ";color=blue", ";color=blue;color=black;color=brown", ";R=100;G=200;B=150"),
        (In::Path, Label, false, ".blue", ".blue,black,brown", ".R,100,G,200,B,150"),
        (In::Path, Label, true, ".blue", ".blue.black.brown", ".R=100.G=200.B=150"),
        (In::Path, Simple, false, "blue", "blue,black,brown", "R,100,G,200,B,150"),
        (In::Path, Simple, true, "blue", "blue,black,brown", "R=100,G=200,B=150"),
        (In::Header, Simple, false, "blue", "blue,black,brown", "R,100,G,200,B,150"),
        (In::Header, Simple, true, "blue", "blue,black,brown", "R=100,G=200,B=150"),
        (In::Query, Form, false, "color=blue", "color=blue,black,brown", "color=R,100,G,200,B,150"),
        (In::Query, Form, true, "color=blue", "color=blue&color=black&color=brown", "R=100&G=200&B=150"),
        (In::Query, SpaceDelimited, false, "color=blue", "color=blue%20black%20brown", "color=R%20100%20G%20200%20B%20150"),
        (In::Query, PipeDelimited, false, "color=blue", "color=blue%7Cblack%7Cbrown", "color=R%7C100%7CG%7C200%7CB%7C150"),
        (
            In::Query,
            DeepObject,
            true,
            "color=blue",
            "color%5B0%5D=blue&color%5B1%5D=black&color%5B2%5D=brown",
            "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150",
        ),
        (In::Cookie, Form, false, "color=blue", "color=blue,black,brown", "color=R,100,G,200,B,150"),
        (In::Cookie, Cookie, true, "color=blue", "color=blue; color=black; color=brown", "R=100; G=200; B=150"),
    ];
    let values = [json!("blue"), json!(["blue", "black", "brown"]), json!({"R": 100, "G": 200, "B": 150})];
    for (location, style, explode, text, list, object) in rows {
        for ((schema, value), written) in ["Text", "Texts", "Typed"].into_iter().zip(&values).zip([text, list, object]) {
            let parameter = parameter(location, style, explode, schema);
            assert_eq!(write(&parameter, value).as_deref(), Ok(written), "{location} {style:?} {explode}");
            assert_eq!(read(&parameter, written), Ok(Some(value.clone())), "{location} {style:?} {explode} {written}");
        }
    }
}

#[test]
fn values_are_read_as_their_schema_means_them() {
    let get = |style, explode, schema: &str, text: &str| read(&parameter(In::Query, style, explode, schema), text);
    assert_eq!(get(Style::Form, true, "Any", "color=12&other=1"), Ok(Some(json!(12))));
    assert_eq!(get(Style::Form, true, "Any", "color=+12"), Ok(Some(json!(" 12"))), "a plus is a space in a query");
    assert_eq!(get(Style::Form, true, "Any", "color="), Ok(Some(json!(""))));
    assert_eq!(get(Style::Form, true, "Any", "colour=1"), Ok(None));
    assert_eq!(get(Style::Form, true, "Text", "color=a&color=b"), Ok(Some(json!(["a", "b"]))), "which no text is");
    assert_eq!(get(Style::Form, true, "Members", "a=1&other=2"), Ok(Some(json!({"a": "1"}))), "what is another's is not its own");
    assert_eq!(get(Style::Form, false, "Typed", "color=R,1,G"), Ok(Some(json!("R,1,G"))));
    assert_eq!(get(Style::PipeDelimited, false, "Texts", "color=a|b%7cc"), Ok(Some(json!(["a", "b", "c"]))));
    let deep = |text: &str| get(Style::DeepObject, true, "Deep", text);
    let wanted = json!({"a": {"b": 1, "c": [true, false]}, "s": "x"});
    assert_eq!(deep("color[a][b]=1&color[a][c][]=true&color[a][c][]=false&color[s]=x"), Ok(Some(wanted.clone())));
    assert_eq!(deep("color[a][b]=1&color[a][c]=true&color[a][c]=false&color[s]=x"), Ok(Some(wanted.clone())));
    assert_eq!(deep(&write(&parameter(In::Query, Style::DeepObject, true, "Deep"), &wanted).expect("written")), Ok(Some(wanted)));
    assert!(deep("color[a=1").is_err() && deep("color[a]=1&color[a][b]=2").is_err());
    assert!(deep(&format!("color{}=1", "[a]".repeat(40))).is_err());
    assert!(read(&parameter(In::Path, Style::Label, false, "Text"), "blue").is_err());
    assert!(read(&parameter(In::Path, Style::Matrix, false, "Text"), ";other=blue").is_err());
    let header = |text: &str, schema: &str, explode| read(&parameter(In::Header, Style::Simple, explode, schema), text);
    assert_eq!(header("R=1, G=x", "Typed", true), Ok(Some(json!({"R": 1, "G": "x"}))));
    assert_eq!(header("", "Texts", false), Ok(Some(json!([]))));
    let whole =
        Parameter { content: Some("application/json".to_owned()), ..parameter(In::QueryString, Style::Form, true, "Typed") };
    assert_eq!(write(&whole, &json!({"R": [1]})).as_deref(), Ok("%7B%22R%22%3A%5B1%5D%7D"));
    assert_eq!(read(&whole, "%7B%22R%22%3A%5B1%5D%7D"), Ok(Some(json!({"R": [1]}))));
    let form = Parameter { content: None, ..whole };
    assert_eq!(read(&form, &write(&form, &json!({"R": 1, "x": "a b"})).expect("written")), Ok(Some(json!({"R": 1, "x": "a b"}))));
    let content = Parameter { content: Some("application/json".to_owned()), ..parameter(In::Query, Style::Form, true, "Typed") };
    assert_eq!(read(&content, "color=%7B%22R%22%3A1%7D"), Ok(Some(json!({"R": 1}))));
    assert!(read(&content, "color=%7B").is_err());
}

#[test]
fn reserved_characters_stay_only_where_they_end_nothing() {
    let open = |location, style, explode| Parameter { allow_reserved: true, ..parameter(location, style, explode, "Texts") };
    assert_eq!(encode_path(&open(In::Path, Style::Simple, false), &json!("a/b?c#d:e@f")).as_deref(), Ok("a%2Fb%3Fc%23d:e@f"));
    assert_eq!(
        encode_query(&open(In::Query, Style::Form, false), &json!(["a,b", "c/%41%"])).as_deref(),
        Ok("color=a%2Cb,c/%41%25")
    );
    let raw = parameter(In::Cookie, Style::Cookie, true, "Text");
    assert_eq!(encode_cookie(&raw, &json!("a b%")).as_deref(), Ok("color=a b%"));
    assert!(encode_cookie(&raw, &json!("a;b")).is_err() && encode_cookie(&raw, &json!("a\nb")).is_err());
}

/// Where each combination of place and style can carry any text, of a list or object any item.
fn reversible() -> Vec<(In, Style, bool)> {
    use Style::{Form, Matrix, Simple};
    vec![
        (In::Path, Matrix, false),
        (In::Path, Matrix, true),
        (In::Path, Style::Label, false),
        (In::Path, Simple, false),
        (In::Path, Simple, true),
        (In::Query, Form, false),
        (In::Query, Form, true),
        (In::Query, Style::DeepObject, true),
        (In::Cookie, Form, false),
        (In::Cookie, Form, true),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_is_written_is_read_again(
        text in ".{1,12}",
        list in proptest::collection::vec(".{1,6}", 1..4),
        values in proptest::array::uniform3(any::<i32>()),
    ) {
        let object: Map<String, Value> = ["R", "G", "B"].into_iter().zip(values).map(|(k, v)| (k.to_owned(), json!(v))).collect();
        for (location, style, explode) in reversible() {
            for (schema, value) in [("Text", json!(text)), ("Texts", json!(list)), ("Typed", Value::Object(object.clone()))] {
                let parameter = parameter(location, style, explode, schema);
                let written = write(&parameter, &value).expect("written");
                prop_assert_eq!(read(&parameter, &written), Ok(Some(value)), "{} {:?} {} {}", location, style, explode, written);
            }
        }
    }

    #[test]
    fn no_text_makes_reading_fail_hard(text in ".{0,40}") {
        for (location, style, explode) in reversible() {
            for schema in ["Text", "Texts", "Members", "Typed", "Deep", "Any"] {
                let _ = read(&parameter(location, style, explode, schema), &text);
            }
        }
    }
}
