"""What the OpenAPI document says of one model: its schemas by version, and the paths at which it is asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from workbench.core import sent_labels
from workbench.core.doubts import Rules
from workbench.http.pages.described import DescribedModel
from workbench.http.pages.openapi import answers, fixed, requests, rows
from workbench.http.pages.openapi.fixed import JSON, OCTETS, Operation, operation, reference
from workbench.http.pages.openapi.rows import Schema
from workbench.services.served import Served


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPart:
    """One model's part of the document."""

    model: DescribedModel
    stem: str
    """What its schemas and operations are called: letters that every reader of such documents takes."""
    rules: Rules
    most_rows: int

    @property
    def tag(self) -> str:
        """What its operations are grouped by."""
        return f"model {self.model.name}"

    def tagged(self) -> dict[str, str]:
        """The tag, with who answers."""
        total = sum(weight for _, weight, _ in self.model.answers) or 1
        shares = [
            f"v{served.version.number} ({alias}) {weight / total:.0%}"
            for alias, weight, served in self.model.answers
        ]
        shadows = [f"v{served.version.number}" for served in self.model.shadows]
        words = f"Answered by {', '.join(shares)}" + (
            f"; shadows: {', '.join(shadows)}." if shadows else "."
        )
        return {"name": self.tag, "description": words}

    def schemas(self) -> dict[str, Schema]:
        """What each of its versions takes and gives."""
        found: dict[str, Schema] = {}
        for number, served in self.model.versions.items():
            signature, name = served.version.signature, f"{self.stem}.v{number}"
            row = reference(f"{name}.row")
            found |= {
                f"{name}.row": rows.row(signature, self.rules),
                f"{name}.request": requests.friendly(
                    signature, self.rules, row, most_rows=self.most_rows
                ),
                f"{name}.answer": answers.friendly(self.model.name, signature),
                f"{name}.tensors": requests.tensors(signature, self.rules),
                f"{name}.outputs": answers.tensors(self.model.name, signature),
            }
        return found

    def paths(self) -> dict[str, Any]:
        """Where it and its versions are asked."""
        name, quoted = self.model.name, quote(self.model.name, safe="")
        every = self.model.answering
        summary = f"Answers rows of {name} by column names"
        post = self._asking(f"{self.stem}.predict", summary, every, ("request", "answer"))
        found = {f"/predict/{quoted}": {"post": post}}
        if self.model.champion.version.signature.key:
            found[f"/labels/{quoted}"] = {"post": self._labelling()}
        found |= self._protocol(f"/v2/models/{quoted}", self.stem, name, every)
        for number, served in self.model.versions.items():
            path, stem = f"/v2/models/{quoted}/versions/{number}", f"{self.stem}.v{number}"
            found |= self._protocol(path, stem, f"version {number} of {name}", [served])
        return found

    def _protocol(
        self, path: str, stem: str, who: str, versions: Iterable[Served]
    ) -> dict[str, Any]:
        """The paths of the Open Inference Protocol for a model, or for one version of it."""
        facts = operation(
            f"{stem}.metadata",
            self.tag,
            f"What {who} takes and gives",
            reference("ModelMetadata"),
            ("404", "503"),
        )
        ready = operation(
            f"{stem}.ready", self.tag, f"Whether {who} answers", reference("Ready"), ("404", "503")
        )
        infer = self._asking(
            f"{stem}.infer", f"Answers tensors by {who}", versions, ("tensors", "outputs")
        )
        for content in (infer["requestBody"]["content"], infer["responses"]["200"]["content"]):
            content[OCTETS] = {"schema": fixed.BINARY}
        infer["parameters"] = [fixed.HEADER_LENGTH]
        return {
            path: {"get": facts},
            f"{path}/ready": {"get": ready},
            f"{path}/infer": {"post": infer},
        }

    def _asking(
        self, identifier: str, summary: str, versions: Iterable[Served], parts: tuple[str, str]
    ) -> Operation:
        """An operation that takes rows, of any of the versions that may meet them.

        Args:
            identifier: Its name.
            summary: What it does.
            versions: Those that may answer.
            parts: Which of their schemas are the request and the answer.
        """
        asked, answered = (self._any_of(versions, part) for part in parts)
        found = operation(identifier, self.tag, summary, answered, answers.OF_ASKING)
        found["requestBody"] = {"required": True, "content": {JSON: {"schema": asked}}}
        found["responses"]["200"] |= {
            "description": "The answer, in the order of the rows.",
            "headers": fixed.ANSWER_HEADERS,
        }
        return found

    def _labelling(self) -> Operation:
        """The operation that takes what turned out to be true of rows."""
        signature = self.model.champion.version.signature
        found = operation(
            f"{self.stem}.labels",
            self.tag,
            "Keeps labels of rows, joined by the key columns",
            reference("Kept"),
            answers.OF_ASKING,
        )
        fields = sent_labels.fields(self.model.name, signature)
        schema = requests.labels(signature, fields, most_rows=self.most_rows)
        found["requestBody"] = {"required": True, "content": {JSON: {"schema": schema}}}
        return found

    def _any_of(self, versions: Iterable[Served], part: str) -> Schema:
        found = [reference(f"{self.stem}.v{one.version.number}.{part}") for one in versions]
        return found[0] if len(found) == 1 else {"anyOf": found}
