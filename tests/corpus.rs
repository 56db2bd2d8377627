//! Specs written by others: the valid ones load and compile, the invalid ones are refused at the line of their fault, and
//! nothing at all makes the loader crash.
//!
//! The specs are not part of the repository: the test looks for them beside the checkout, or where `PROOFMARK_CORPUS` says,
//! and says so when it finds none. Never opens a connection.

#![expect(clippy::print_stdout, reason = "the figures are for whoever runs it")]

use proofmark::base::diagnostic::{Diagnostic, Severity};
use proofmark::base::source::Source;
use proofmark::contract::{Contract, Unreadable, load};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Specs filed as valid that are none by the text of the specification, and why.
const NOT_VALID: &[(&str, &str)] = &[
    ("mm30-swagger2openapi__test-oas3.yaml", "an empty file"),
    ("mm30-swagger2openapi__test-openapi.json", "an empty file"),
    ("mm30-swagger2openapi__test.json", "an empty file"),
    ("mm30-swagger2openapi__test.yaml", "an empty file"),
    ("mm30-resolution__twolevel__subdir1__subdir2__ok.yaml", "a schema that another file refers to, no description of its own"),
    ("mm30-server_enum_empty.yaml", "`paths` is REQUIRED (OpenAPI 3.0.4, OpenAPI Object)"),
    ("mm30-server_enum_unknown.yaml", "`paths` is REQUIRED (OpenAPI 3.0.4, OpenAPI Object)"),
    (
        "mm30-fiendish__ref-encoding3.yaml",
        "a plus sign in a fragment is itself, not a space (RFC 6901 section 6, RFC 3986 section 3.5)",
    ),
    ("mm30-fiendish__ref-encoding2.yaml", "Swagger 2.0 that refers to `#/components`, which it does not have"),
    ("mm30-resolution__twolevel__index.yaml", "a path item refers to a file that is not there"),
];

/// What makes a spec invalid: the lines on which an error stands. With `ALL` there are no others.
type Faults = (&'static str, Others, &'static [usize]);

#[derive(Clone, Copy, PartialEq)]
enum Others {
    None,
    /// The lines are those of the first of very many.
    Many,
}

const ALL: Others = Others::None;
const SOME: Others = Others::Many;

const INVALID: &[Faults] = &[
    // A closing brace further left than the mapping it stands in.
    ("mm30-OAI__api-with-examples.yaml", ALL, &[43]),
    ("mm30-apimatic-converted-petstore.json", SOME, &[41, 45, 89, 93, 127, 182, 303, 317, 326]),
    ("mm30-deprecated.yaml", ALL, &[8]),
    // Responses and parameters as in Swagger 2.0.
    ("mm30-event-backend__openapi.json", SOME, &[77, 83, 89, 104, 117]),
    ("mm30-event-backend__openapi2.json", SOME, &[77, 83, 89, 110, 116]),
    ("mm30-event-backend__openapi3.json", SOME, &[1]),
    ("mm30-fuzz1__08944052-e09d-4bea-9a57-dfdd285050cc.yaml", ALL, &[19]),
    ("mm30-fuzz1__098368c8-258c-4f8c-ae82-d1b608ef37ce.yaml", ALL, &[11]),
    ("mm30-fuzz1__18fad628-44d6-41cd-b6d1-29a05c9582dd.yaml", ALL, &[8]),
    ("mm30-fuzz1__2cb47027-e58c-498f-b35b-3f87b1cfbdcd.yaml", ALL, &[5]),
    ("mm30-fuzz1__2e0c779d-8686-4ca8-b51f-5f1a6d940894.yaml", ALL, &[6]),
    ("mm30-fuzz1__30ada614-b4bd-4724-933b-d73cc864db65.yaml", ALL, &[2]),
    // Said to be invalid by the URL on line 7, which is a legal relative reference; `scopes` is what is missing.
    ("mm30-fuzz1__32fdf814-65ca-4c79-83b4-16743c8deb68.yaml", ALL, &[15]),
    ("mm30-fuzz1__43f524a0-cb85-4dd1-b892-391cf6c5677b.yaml", ALL, &[10]),
    ("mm30-fuzz1__491adfd8-a1b6-4328-b091-42630383e6b4.yaml", ALL, &[15]),
    ("mm30-fuzz1__4cb2834b-fcd8-4b4c-aae8-2124f45e62d2.yaml", ALL, &[5]),
    ("mm30-fuzz1__4cea429a-69b5-4b1d-9ce7-e1990298efb7.yaml", ALL, &[5]),
    ("mm30-fuzz1__59731b1b-8ab8-4bbe-bbdb-779be19607c6.yaml", ALL, &[2]),
    ("mm30-fuzz1__60612e57-7fa5-40b9-b27b-c62f1cc11c46.yaml", ALL, &[6]),
    ("mm30-fuzz1__6213afe9-852c-427a-aa5b-3ad64b2c99b3.yaml", ALL, &[7]),
    ("mm30-fuzz1__75992e22-5f19-4f43-9109-53ee128ac8c7.yaml", ALL, &[10]),
    ("mm30-fuzz1__79fd2366-9dd7-44ad-b0c3-fe6b9a8af767.yaml", ALL, &[5]),
    ("mm30-fuzz1__8eed4b36-fe95-48d5-9968-5af531a2dcb3.yaml", ALL, &[5]),
    ("mm30-fuzz1__99a199c9-4a0d-4bbb-a3a6-8696aad359e9.yaml", ALL, &[3]),
    ("mm30-fuzz1__9fba715b-d1b7-47bc-b68f-92870042625b.yaml", ALL, &[8]),
    ("mm30-fuzz1__a13c7526-ac53-4ced-a53f-a512bdcf2dfb.yaml", ALL, &[2]),
    ("mm30-fuzz1__bb819e72-92d5-450f-8395-e42393a72d82.yaml", ALL, &[9]),
    ("mm30-fuzz1__d2dc8a9c-83e3-4dee-a286-7635cdb44eba.yaml", ALL, &[6]),
    ("mm30-fuzz1__d3c6e7e2-f131-47ba-833f-6c7525692ff8.yaml", ALL, &[7]),
    ("mm30-fuzz1__d3f3d3e7-9b59-4aaa-b129-a7edd7523bc5.yaml", ALL, &[2]),
    ("mm30-fuzz1__df7ff33b-a99f-4c9c-b79a-049e1a16cd81.yaml", ALL, &[4]),
    ("mm30-fuzz1__e053546e-4e2c-417e-81e7-f1a08ae30187.yaml", ALL, &[3]),
    ("mm30-fuzz1__e7ee0081-b931-45b3-a9f3-7fd81f3f55af.yaml", ALL, &[4]),
    ("mm30-fuzz1__f2f64437-69a2-4de3-9869-b54962dc6644.yaml", ALL, &[13]),
    ("mm30-fuzz1__ff912cbe-454e-41bd-8cb1-7590af383d4a.yaml", ALL, &[7]),
    // Swagger 2.0 whose `paths` on line 10 is null.
    ("mm30-gluecon__example1_from_._Different_servers.md.yaml", SOME, &[]),
    ("mm30-gluecon__example1_from_._Improved_examples.md.yaml", ALL, &[9]),
    // `parameters` is a mapping twice.
    ("mm30-gluecon__example1_from_._New_links.md.yaml", ALL, &[9, 40]),
    ("mm30-gluecon__example2_from_._Different_requestbody.md.yaml", ALL, &[7, 9]),
    ("mm30-gluecon__example2_from_._Improved_examples.md.yaml", ALL, &[9, 13, 24]),
    ("mm30-gluecon__example2_from_._Improved_schemaobject.md.yaml", ALL, &[1]),
    // No `paths`.
    ("mm30-gluecon__example2_from_._Improved_securityschemes.md.yaml", ALL, &[1]),
    ("mm30-gluecon__example3_from_._Different_parameters.md.yaml", ALL, &[8, 12, 16]),
    ("mm30-gluecon__example3_from_._New_callbacks.md.yaml", ALL, &[9, 32, 40, 48]),
    ("mm30-gluecon__example4_from_._Improved_schemaobject.md.yaml", ALL, &[1]),
    // What belongs into the media type on line 11 stands beside it.
    ("mm30-gluecon__example5_from_._Different_parameters.md.yaml", ALL, &[11, 12, 14]),
    ("mm30-hasFlowNotFlows.json", SOME, &[504, 606, 808, 1058]),
    ("mm30-incorrectSecType.json", SOME, &[326, 331, 1053, 1059]),
    ("mm30-info_summary.yaml", ALL, &[4]),
    ("mm30-license_identifier.yaml", ALL, &[7]),
    ("mm30-missingPathParam2.yaml", ALL, &[8]),
    ("mm30-openapi-ui__openapi-ui.yaml", SOME, &[31, 53, 66, 75, 297, 369]),
    ("mm30-openapi-vue__edit1.json", SOME, &[63, 98, 137, 153]),
    ("mm30-pathitem-property.yaml", ALL, &[7]),
    ("mm30-refAsInteger.yaml", ALL, &[9]),
    ("mm30-serverVariableEnumType.yaml", ALL, &[15]),
    ("mm31-no_containers.yaml", ALL, &[1]),
    ("mm31-server_enum_empty.yaml", ALL, &[9]),
    ("mm31-unknown_container.yaml", ALL, &[1, 5]),
    ("oas3.1-example-examples.yaml", ALL, &[15]),
    ("oas3.1-invalid_schema_types.yaml", ALL, &[10, 11, 12]),
    ("oas3.1-link-object-no-body.yaml", ALL, &[10]),
    ("oas3.1-parameter-object-cookie-form-allowReserved.yaml", ALL, &[11, 16]),
    ("oas3.1-parameter-object-path-allowReserved.yaml", ALL, &[8, 10]),
    ("oas3.1-unknown_container.yaml", ALL, &[1, 8]),
    ("oas3.2-encoding-enc-item-exclusion.yaml", ALL, &[13]),
    ("oas3.2-example-object-ser-exclusions.yaml", ALL, &[10]),
    ("oas3.2-header-object-allowReserved.yaml", ALL, &[12]),
    ("oas3.2-media-type-enc-item-exclusion.yaml", ALL, &[11]),
    ("oas3.2-operation-object-two-querystrings.yaml", ALL, &[16]),
    ("oas3.2-parameter-object-content-not-with-style.yaml", ALL, &[14]),
    ("oas3.2-parameter-object-header-name.yaml", ALL, &[8]),
    ("oas3.2-parameter-object-path-name.yaml", ALL, &[8]),
    // The components that it refers to are missing as well.
    ("oas3.2-path-item-object-conflicting-additional-operation.yaml", ALL, &[19, 25, 37, 58, 64]),
    ("oas3.2-path-item-object-query-with-querystring.yaml", ALL, &[15]),
    ("oas3.2-path-item-object-two-querystrings.yaml", ALL, &[15]),
    ("oas3.2-servers.yaml", ALL, &[10]),
    ("oas3.2-xml-wrapped-exclusion.yaml", ALL, &[10]),
];

fn corpus() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let root = std::env::var_os("PROOFMARK_CORPUS").map_or_else(beside, PathBuf::from);
    if root.join("valid").is_dir() {
        return Some(root);
    }
    println!("skipped: no specs at {}", root.display());
    None
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut all: Vec<PathBuf> = entries.map(|e| e.expect("an entry").path()).collect();
    all.sort();
    all
}

fn name(file: &Path) -> String {
    file.file_name().expect("a name").to_string_lossy().into_owned()
}

/// The contract and all that is to be said of it.
fn read(file: &Path) -> (Option<Contract>, Vec<Diagnostic>) {
    let text = String::from_utf8_lossy(&std::fs::read(file).expect("a file")).into_owned();
    let folder = file.parent().expect("a folder").to_path_buf();
    let resolver = move |path: &str| {
        if path.contains("://") {
            return Err(Unreadable::remote());
        }
        let text = std::fs::read_to_string(folder.join(path));
        text.map(|t| Source::new(path, t)).map_err(|e| e.to_string().into())
    };
    let (contract, faults) = load(&Source::new(name(file), text), &resolver);
    (contract, faults.sorted())
}

fn errors(faults: &[Diagnostic]) -> impl Iterator<Item = &Diagnostic> {
    faults.iter().filter(|d| d.severity == Severity::Error)
}

fn lines(faults: &[Diagnostic]) -> BTreeSet<usize> {
    errors(faults).map(|d| d.place.as_ref().map_or(0, |p| p.line_column().0)).collect()
}

fn shown(fault: &Diagnostic) -> String {
    let place = fault.place.as_ref().map(ToString::to_string).unwrap_or_default();
    format!("    {place} {}: {}", fault.code, fault.message)
}

#[test]
fn valid_specs_load_and_compile() {
    let Some(root) = corpus() else { return };
    let (mut count, mut refused, mut wrong) = (0, 0, Vec::new());
    for file in files(&root.join("valid")) {
        let name = name(&file);
        let (contract, mut faults) = read(&file);
        if let Some(contract) = &contract {
            faults.extend(contract.compile_all());
        }
        let found: Vec<String> = errors(&faults).map(shown).collect();
        if let Some((_, why)) = NOT_VALID.iter().find(|(n, _)| *n == name) {
            refused += 1;
            if found.is_empty() {
                wrong.push(format!("{name} loads, and was thought not to: {why}"));
            }
        } else {
            count += 1;
            if !found.is_empty() {
                wrong.push(format!("{name}:\n{}", found.join("\n")));
            }
        }
    }
    println!("valid: {count} load and compile, {refused} are known not to");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 80, "only {count}");
}

#[test]
fn invalid_specs_are_refused_at_the_line_of_the_fault() {
    let Some(root) = corpus() else { return };
    let (mut count, mut wrong) = (0, Vec::new());
    for file in files(&root.join("invalid")) {
        let name = name(&file);
        let (contract, faults) = read(&file);
        let found = lines(&faults);
        let Some((_, others, expected)) = INVALID.iter().find(|(n, ..)| *n == name) else {
            wrong.push(format!("{name} is not in the table: {found:?}"));
            continue;
        };
        count += 1;
        let expected: BTreeSet<usize> = expected.iter().copied().collect();
        let right = if *others == ALL { found == expected } else { found.is_superset(&expected) };
        if contract.is_some() || found.is_empty() || !right {
            let all: Vec<String> = errors(&faults).take(20).map(shown).collect();
            wrong.push(format!("{name}: expected {expected:?}, found {found:?}\n{}", all.join("\n")));
        }
    }
    println!("invalid: {count} are refused at the line of the fault");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(count, INVALID.len(), "specs of the table that are not there");
}

#[test]
fn hostile_specs_do_no_harm() {
    let Some(root) = corpus() else { return };
    let mut count = 0;
    for file in files(&root.join("hostile")) {
        let (contract, faults) = read(&file);
        assert_eq!(contract.is_none(), errors(&faults).next().is_some(), "{}", name(&file));
        if let Some(contract) = contract {
            let _ = contract.compile_all();
        }
        count += 1;
    }
    println!("hostile: {count} do no harm");
}
