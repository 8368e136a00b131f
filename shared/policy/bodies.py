"""Bodies: what may be sent to a form, as JSON Schema (2020-12), and how that looks.

Pure.  What a schema allows, `forms.read` accepts, and refuses what it does not; but no schema can
tell an e-mail address or a phone number.
"""

from typing import Any

from shared.policy import forms, texts
from shared.statement.types import Form, Statement

SAMPLES = {"email": "kari@example.com", "phone": "+47 70 31 00 86"}

Schema = dict[str, Any]


def as_json(form: Form, statement: Statement, language: str) -> Schema:
    """The form's fields and what comes with them; what need not be there may be empty."""
    schema = _body(form, statement, language)
    for name, shape in schema["properties"].items():
        for question, answer in shape.get("properties", {}).items():
            shape["properties"][question] = _or_one_of(answer, forms.NOTHING)
        if name not in schema["required"]:
            schema["properties"][name] = _or_one_of(shape, forms.NOTHING)
    return schema


def as_web_form(form: Form, statement: Statement, language: str) -> Schema:
    """The same as a browser sends it: a line for each item of a list, a field for each answer."""
    schema = _body(form, statement, language)
    properties = schema["properties"]
    for name in form.fields:
        if statement.fields[name].kind == "answers":
            answers = properties.pop(name)["properties"]
            properties |= {f"{name}.{one}": answer for one, answer in answers.items()}
        elif properties[name]["type"] == "array":
            properties[name] |= {
                "type": ["array", "string"],
                "maxLength": forms.MOST_CHARACTERS["list"],
                "pattern": texts.TAKEN,
            }
    for name in {*properties}.difference(schema["required"]):
        if properties[name].get("type") == "string":
            properties[name] = _or_one_of(properties[name], ("",))
    return schema


def example(form: Form, statement: Statement, language: str) -> dict[str, str]:
    """The least that the form accepts."""
    needed = dict.fromkeys((*form.required, form.one_of[0]))
    fields = {name: statement.fields[name] for name in needed}
    return {
        "notice": statement.notice_for(language).id,
        **{name: SAMPLES.get(one.kind, one.label[language]) for name, one in fields.items()},
    }


def _body(form: Form, statement: Statement, language: str) -> Schema:
    schema = forms.schema(form, statement, language)
    del schema["$schema"]
    for name in form.fields:
        if statement.fields[name].kind == "phone":
            schema["properties"][name]["format"] = "phone"
    page = {"description": "The URL of the page that the form is on; what is none is left out."}
    choices = {"type": "array", "maxItems": forms.MOST_ITEMS, "items": {"enum": [*form.choices]}}
    schema["properties"] |= {
        "notice": {"enum": [notice.id for notice in statement.notices]},
        "choices": choices,
        "page": page,
    }
    return schema | {"required": ["notice", *schema["required"]]}


def _or_one_of(shape: Schema, nothing: tuple[str | None, ...]) -> Schema:
    """The shape, or one of the values that are as good as not sent."""
    if "type" not in shape:
        return shape
    if shape["type"] == "string" and "format" not in shape:
        return shape | ({"type": ["string", "null"]} if None in nothing else {})
    return {"anyOf": [shape, {"enum": [*nothing]}]}
