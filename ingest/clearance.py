"""What may not be given to the embedding model: documents of a higher 機密性 are refused by name before anything is sent."""

from __future__ import annotations

from dataclasses import replace

from ingest.plan import Plan
from rag.domain import DocumentInfo, Refusal, Sensitivity
from rag.edition.catalog import RefusedFile

_REMEDY = (
    "設定 [embedder] の max_sensitivity を確かめるか、このパソコンの中のモデル（built-in など）で取り込んでください。"
)


def withhold(plan: Plan, most: Sensitivity) -> Plan:
    """The plan without the documents above ``most``. What the current edition has of them is not in the next one."""
    read = [document for document, _ in plan.read if document.sensitivity > most]
    kept = [(document, old) for document, old in plan.keep if document.sensitivity > most]
    if not read and not kept:
        return plan
    paths = {document.path for document in read} | {document.path for document, _ in kept}
    # What was in the current edition goes out of it, from under the path that it has there.
    had = {old.path for _, old in kept} | (paths & {*plan.changed})
    refused = {r.refusal.path: r for r in (*plan.refused, *(refusal(d, most) for d in (*read, *(d for d, _ in kept))))}
    return replace(
        plan.without(paths),
        read=tuple(pair for pair in plan.read if pair[0].path not in paths),
        keep=tuple(pair for pair in plan.keep if pair[0].path not in paths),
        removed=tuple(dict.fromkeys([*plan.removed, *sorted(had)])),
        unchanged=plan.unchanged - sum(document == old for document, old in kept),
        refused=tuple(refused.values()),
    )


def refusal(document: DocumentInfo, most: Sensitivity) -> RefusedFile:
    """The refusal of one document. It has no hash: it depends on the settings, and is decided anew in every run."""
    reason = f"機密性{document.sensitivity:d}の資料です。埋め込みのサーバに渡してよいのは機密性{most:d}までです。"
    return RefusedFile(Refusal(document.path, reason, _REMEDY), "")
