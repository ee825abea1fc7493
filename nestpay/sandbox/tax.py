"""Automatic tax, kept simple: one rate for each country, none where the company does not collect."""

from dataclasses import dataclass

COUNTRIES = {
    "US": "United States", "GB": "United Kingdom", "FR": "France", "DE": "Germany", "ES": "Spain", "IT": "Italy",
    "NL": "Netherlands", "IE": "Ireland", "PL": "Poland", "SE": "Sweden", "CH": "Switzerland", "CA": "Canada",
    "AU": "Australia", "NZ": "New Zealand", "JP": "Japan", "CN": "China", "SG": "Singapore", "IN": "India", "BR": "Brazil",
}  # fmt: skip
RATES = {
    "GB": ("VAT", "20", "vat"), "FR": ("VAT", "20", "vat"), "DE": ("VAT", "19", "vat"), "ES": ("VAT", "21", "vat"),
    "IT": ("VAT", "22", "vat"), "NL": ("VAT", "21", "vat"), "IE": ("VAT", "23", "vat"), "PL": ("VAT", "23", "vat"),
    "SE": ("VAT", "25", "vat"), "CH": ("VAT", "8.1", "vat"), "CA": ("GST", "5", "gst"), "AU": ("GST", "10", "gst"),
    "NZ": ("GST", "15", "gst"), "JP": ("Consumption tax", "10", "jct"), "SG": ("GST", "9", "gst"), "IN": ("GST", "18", "gst"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rate:
    """The tax of one country; `percentage` is decimal text such as "8.1"."""

    country: str
    name: str
    percentage: str
    kind: str


def rate_for(country: str | None) -> Rate | None:
    """The rate of a country, or None where no tax is collected."""
    return Rate(country, *RATES[country]) if country in RATES else None
