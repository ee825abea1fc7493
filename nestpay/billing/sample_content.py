"""The content that a sandbox begins with: two articles, a space and a product, so that there is something to open."""

import tomllib
from pathlib import Path
from typing import Any

from nestpay.billing import content_desk, downloads
from nestpay.billing.content import Kind, Words
from nestpay.billing.content_desk import Draft

_FILE = Path(__file__).parent / "catalogues" / "sample_content.toml"


def seed() -> int:
    """Add the samples to a house that has no content at all. Returns how many came."""
    samples = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    _lay_out_files(samples["products"])
    if content_desk.shelf():
        return 0
    spaces: dict[str, str] = {}
    made = 0
    for kind in ("space", "article", "product"):
        for sample in samples[f"{kind}s"]:
            saved, _ = content_desk.save(_draft(kind, sample, spaces), by="seed")
            if kind == "space":
                spaces[saved.slug] = saved.id
            made += 1
    return made


def _lay_out_files(products: list[dict[str, Any]]) -> None:
    downloads.folder().mkdir(parents=True, exist_ok=True)
    for sample in products:
        path = downloads.folder() / sample["file"]
        if not path.exists():
            path.write_text(sample["file_text"].strip() + "\n", encoding="utf-8")


def _draft(kind: Kind, sample: dict[str, Any], spaces: dict[str, str]) -> Draft:
    return Draft(
        kind=kind,
        slug=sample["slug"],
        title=sample["title"],
        preview=sample["preview"].strip(),
        body=sample["body"].strip(),
        opens_to=tuple(sample.get("opens_to", ())),
        deliveries=tuple(sample.get("deliveries", ())),
        published=True,
        space_id=spaces.get(sample.get("space", ""), ""),
        file=sample.get("file", ""),
        amounts=sample.get("prices", {}),
        translations={
            locale: Words(**{name: text.strip() for name, text in words.items()})
            for locale, words in sample.get("translations", {}).items()
        },
    )
