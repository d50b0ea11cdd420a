"""Reads the XML in which WeChat and WeCom deliver: a bounded size, no document type, no entity, one level."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

LARGEST = 64 * 1024


class MalformedXmlError(ValueError):
    """This is not what the platform sends."""


def fields_of(body: bytes) -> Mapping[str, str]:
    """The texts of the elements right below the root, by name. Raises MalformedXmlError."""
    if len(body) > LARGEST:
        raise MalformedXmlError("too large")
    try:
        root = fromstring(body, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise MalformedXmlError("not XML") from None
    if root.tag != "xml":
        raise MalformedXmlError("another root")
    return {element.tag: element.text or "" for element in root}
