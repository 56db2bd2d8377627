//! What is said of Swagger documents that are wrong, in the words of Swagger.
//!
//! Converts trees; never looks at what comes out.

use super::{HEAD, no_file, read, shown};
use crate::base::diagnostic::Diagnostic;
use crate::contract::swagger::{convert, is_swagger};

fn faults(text: &str) -> Vec<String> {
    let (converted, faults) = convert(read("s.yaml", &format!("{HEAD}{text}")), &no_file);
    assert_eq!(converted.is_none(), faults.has_errors());
    faults.into_iter().map(shown).collect()
}

/// The same, with the first word that is underlined instead of the place.
fn underlined(text: &str) -> Vec<String> {
    let (_, faults) = convert(read("s.yaml", &format!("{HEAD}{text}")), &no_file);
    let show = |d: Diagnostic| {
        let place = d.place.clone().expect("a place");
        let text = &place.source.text()[place.span.start as usize..place.span.end as usize];
        let word = text.split([':', ' ', ',']).next().unwrap_or_default();
        shown(d).replacen(&place.to_string(), word, 1)
    };
    faults.into_iter().map(show).collect()
}

#[test]
fn faults_speak_of_swagger() {
    let mut missed = Vec::new();
    for (text, wanted) in [
        ("pahts: {}", "s.yaml:3:1 contract/unknown-field: unknown field `pahts` in the Swagger Object (did you mean `paths`?)"),
        ("pahts: {}", "s.yaml:1:1 contract/missing-field: the Swagger Object lacks `paths`"),
        (
            "paths: {}\nservers: []",
            "s.yaml:4:1 contract/unknown-field: unknown field `servers` in the Swagger Object (Swagger 2.0 says it with `host`, `basePath` and `schemes`)",
        ),
        (
            "paths: {}\nhost: https://h",
            "s.yaml:4:7 contract/server: `host` must be a name with an optional port (the scheme belongs to `schemes`, the path to `basePath`)",
        ),
        ("paths: {}\nbasePath: v1", "s.yaml:4:11 contract/server: `basePath` must begin with a slash (write `/v1`)"),
        (
            "paths: {}\nschemes: [htps]",
            "s.yaml:4:11 contract/wrong-value: `htps` must be one of `http`, `https`, `ws`, `wss` (did you mean `https`?)",
        ),
        (
            "paths: {}\nconsumes: [json]",
            "s.yaml:4:12 contract/wrong-value: `json` is not a media type (such as `application/json`)",
        ),
        ("paths: {a: {}}", "s.yaml:3:9 contract/path: the path `a` must begin with a slash (write `/a`)"),
        ("paths: {/a: {get: {}}}", "s.yaml:3:14 contract/missing-field: the Operation Object lacks `responses`"),
        ("paths: {/a: {get: {responses: {}}}}", "s.yaml:3:20 contract/missing-field: an operation needs at least one response"),
        (
            "paths: {/a: {get: {responses: {2XX: {description: d}}}}}",
            "s.yaml:3:32 contract/status: `2XX` is no status (ranges came with OpenAPI 3.0; use `default`)",
        ),
        (
            "paths: {/a: {get: {responses: {'200': {}}}}}",
            "s.yaml:3:32 contract/missing-field: the Response Object lacks `description`",
        ),
        (
            "paths: {}\ndefinitions: {A: {oneOf: []}}",
            "s.yaml:4:19 contract/unknown-keyword: unknown keyword `oneOf` in the Schema Object (it came with OpenAPI 3.0)",
        ),
        (
            "paths: {}\ndefinitions: {A: {type: array, items: [{}]}}",
            "s.yaml:4:39 contract/wrong-type: `items` must be a Schema Object, but is an array (one schema for all items; a list of them is not known to Swagger 2.0)",
        ),
        ("paths: {}\ndefinitions: {A: {type: strin}}", "s.yaml:4:25 contract/type: `strin` is no type (did you mean `string`?)"),
        (
            "paths: {}\ndefinitions: {A: {properties: {b: {required: true}}}}",
            "s.yaml:4:46 contract/wrong-type: `required` must be a list, but is a boolean (name the property in the `required` list of the object around it)",
        ),
        (
            "paths: {}\ndefinitions: {A: {$ref: '#/definitions/a'}}",
            "s.yaml:4:25 contract/unresolved-ref: `#/definitions/a` names nothing (did you mean `#/definitions/A`?)",
        ),
        (
            "paths: {}\ndefinitions: {A: {$ref: '#/components/schemas/A'}}",
            "s.yaml:4:25 contract/unresolved-ref: `#/components/schemas/A` names nothing (Swagger 2.0 has no `components`: write `#/definitions/A`)",
        ),
        (
            "paths: {}\ndefinitions: {A: {$ref: '#/parameters/P'}}\nparameters: {P: {in: query, name: p, type: string}}",
            "s.yaml:4:25 contract/wrong-ref: `#/parameters/P` names one of the parameters, where a Schema Object is wanted",
        ),
        (
            "paths: {}\ndefinitions: {A: {$ref: 'b.yaml'}}",
            "s.yaml:4:25 contract/unreadable-ref: `b.yaml` cannot be read: no b.yaml",
        ),
        (
            "paths: {}\nresponses: {A: {$ref: '#/responses/A'}}",
            "s.yaml:4:23 contract/circular-ref: `#/responses/A` leads back to itself",
        ),
        (
            "paths: {}\nsecurityDefinitions: {k: {type: apiKey, name: n}}",
            "s.yaml:4:23 contract/missing-field: a security definition of type `apiKey` needs `in`",
        ),
        (
            "paths: {}\nsecurityDefinitions: {k: {type: oauth2, flow: implicit, scopes: {}}}",
            "s.yaml:4:23 contract/missing-field: a security definition of type `implicit` needs `authorizationUrl`",
        ),
        (
            "paths: {}\nsecurity: [{kye: []}]\nsecurityDefinitions: {key: {type: basic}}",
            "s.yaml:4:13 contract/security: the security definition `kye` is not declared (did you mean `key`?)",
        ),
    ] {
        let found = faults(text);
        if !found.iter().any(|f| f == wanted) {
            missed.push(format!("{text}\n{found:#?}\n{wanted}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n\n"));
}

#[test]
fn faults_of_parameters_speak_of_swagger() {
    let mut missed = Vec::new();
    for (parameters, wanted) in [
        ("{in: query, name: a}", "{in contract/missing-field: the query parameter lacks `type`"),
        ("{name: a, type: string}", "{name contract/missing-field: the Parameter Object lacks `in`"),
        (
            "{in: cookie, name: a, type: string}",
            "cookie contract/wrong-value: `cookie` must be one of `query`, `header`, `path`, `formData`, `body` (cookies came with OpenAPI 3.0; Swagger 2.0 knows them as a `header` alone)",
        ),
        (
            "{in: query, name: a, schema: {type: string}}",
            "schema contract/unknown-field: unknown field `schema` in the query parameter (Swagger 2.0 says it with `type` and what goes with it)",
        ),
        (
            "{in: body, name: a, type: string}",
            "type contract/unknown-field: unknown field `type` in the body parameter (known: `name`, `in`, `description`, `required`, `schema`)",
        ),
        (
            "{in: query, name: a, type: object}",
            "object contract/wrong-value: `object` must be one of `string`, `number`, `integer`, `boolean`, `array` (only a parameter in `body` holds an object, under `schema`)",
        ),
        (
            "{in: query, name: a, type: file}",
            "file contract/wrong-value: `file` must be one of `string`, `number`, `integer`, `boolean`, `array` (files are parameters in `formData`)",
        ),
        ("{in: query, name: a, type: array}", "{in contract/missing-field: the query parameter is an array and lacks `items`"),
        (
            "{in: header, name: a, type: array, items: {type: string}, collectionFormat: multi}",
            "multi contract/wrong-value: `multi` must be one of `csv`, `ssv`, `tsv`, `pipes` (`multi` is for parameters in `query` and `formData`)",
        ),
        (
            "{in: query, name: a, type: array, items: {type: string}, collectionFormat: cvs}",
            "cvs contract/wrong-value: `cvs` must be one of `csv`, `ssv`, `tsv`, `pipes`, `multi` (did you mean `csv`?)",
        ),
        (
            "{in: body, name: a, schema: {}}, {in: body, name: b, schema: {}}",
            "{in contract/parameter: an operation has at most one parameter in body (a request has one body: put both into one object)",
        ),
        (
            "{in: body, name: a, schema: {}}, {in: formData, name: b, type: string}",
            "{in contract/parameter: an operation has either a parameter in body or parameters in formData",
        ),
        (
            "{in: query, name: a, type: string}, {in: query, name: a, type: string}",
            "{in contract/parameter: the parameter `a` in query is given twice",
        ),
        (
            "{in: formData, name: a, type: file}",
            "{in contract/parameter: `a` is a file, and the operation does not consume `multipart/form-data` (add `consumes: [multipart/form-data]`)",
        ),
        (
            "{in: query, name: a, type: string, allowEmptyValue: yes}",
            "yes contract/wrong-type: `allowEmptyValue` must be a boolean, but is a string",
        ),
        ("{in: path, name: a, required: true, type: string, allowEmptyValue: true}", "allowEmptyValue contract/unknown-field"),
        ("{in: query, name: a, type: string, pattern: '('}", "'(' contract/pattern"),
        (
            "{in: query, name: a, type: string, minLength: -1}",
            "-1 contract/wrong-type: `minLength` must be a whole number that is not negative, but is a number",
        ),
    ] {
        let text =
            format!("paths: {{/a: {{post: {{responses: {{'200': {{description: d}}}}, parameters:\n [\n   {parameters}]}}}}}}\n");
        let found = underlined(&text);
        if !found.iter().any(|f| f.starts_with(wanted)) {
            missed.push(format!("{parameters}\n{found:#?}\n{wanted}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n\n"));
}

#[test]
fn only_two_zero_is_swagger() {
    let of = |text: &str| convert(read("s.yaml", text), &no_file).1.into_iter().map(shown).collect::<Vec<_>>();
    assert_eq!(of("swagger: '1.2'"), ["s.yaml:1:10 contract/version: Swagger `1.2` is not read (known: `swagger: \"2.0\"`)"]);
    let number = of("swagger: 2.0\n");
    let wanted =
        "s.yaml:1:10 contract/wrong-type: `swagger` must be a string, but is a number (put it in quotes: `swagger: \"2.0\"`)";
    assert!(number.iter().any(|fault| fault == wanted), "{number:?}");
    assert!(!is_swagger(&read("s.yaml", "openapi: 3.0.0")) && is_swagger(&read("s.yaml", "swagger: 1")));
}
