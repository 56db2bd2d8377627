"""Reads reports with libraries of other hands, and says what is in them as JSON; ends with 1 and what is wrong where one refuses.

Usage: formats.py xsd SCHEMA FILE | json SCHEMA FILE | wfc FILE | sarif FILE | allure FOLDER
"""

import importlib.resources
import json
import pathlib
import sys


def refuse(faults):
    sys.stderr.write("\n".join(faults[:20]) + "\n")
    sys.exit(1)


def xsd(schema, file):
    import xmlschema

    faults = [f"{e.path}: {e.reason}" for e in xmlschema.XMLSchema(schema).iter_errors(file)]
    if faults:
        refuse(faults)
    from xml.etree import ElementTree

    root = ElementTree.parse(file).getroot()
    return {"tests": len(root.findall(".//testcase")), "bad": len(root.findall(".//failure")) + len(root.findall(".//error"))}


def against(schema, value):
    import jsonschema

    kind = jsonschema.validators.validator_for(schema)
    validator = kind(schema, format_checker=kind.FORMAT_CHECKER)
    faults = [f"/{'/'.join(map(str, e.absolute_path))}: {e.message[:300]}" for e in validator.iter_errors(value)]
    if faults:
        refuse(faults)


def read(file):
    return json.loads(pathlib.Path(file).read_text(encoding="utf-8"))


def by_schema(schema, file):
    against(read(schema), read(file))
    return {}


def wfc(file):
    import yaml

    data = importlib.resources.files("webfuzzing_commons").joinpath("data/report.yaml")
    value = read(file)
    against(yaml.safe_load(data.read_text(encoding="utf-8")), value)
    return {"tests": value["totalTests"], "faults": value["faults"]["totalNumber"]}


def sarif(file):
    from sarif import loader

    log = loader.load_sarif_file(file)
    return {"tools": log.get_distinct_tool_names(), "results": len(log.get_results())}


def allure(folder):
    from allure_commons_test.report import AllureReport

    report = AllureReport(folder)
    return {"tests": len(report.test_cases), "attachments": len(report.attachments)}


if __name__ == "__main__":
    kinds = {"xsd": xsd, "json": by_schema, "wfc": wfc, "sarif": sarif, "allure": allure}
    print(json.dumps(kinds[sys.argv[1]](*sys.argv[2:])))
