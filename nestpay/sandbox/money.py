"""Amounts in minor units: how many decimals a currency has, the least a charge may be, and how an amount is shown."""

ZERO_DECIMAL = frozenset("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split())
THREE_DECIMAL = frozenset("bhd jod kwd omr tnd".split())
CURRENCIES = (
    ZERO_DECIMAL
    | THREE_DECIMAL
    | frozenset(
        "usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny cop crc cve czk "
        "dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr isk jmd kes kgs khr kyd kzt lak lbp lkr "
        "lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln qar ron rsd rub sar "
        "sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah ugx uyu uzs wst xcd yer zar zmw".split()
    )
)
MINIMUMS = {
    "usd": 50, "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50,
    "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50, "pln": 200,
    "ron": 200, "sek": 300, "sgd": 50, "thb": 1000, "cny": 400, "krw": 500,
}  # fmt: skip
SIGNS = {
    "usd": "$",
    "eur": "€",
    "gbp": "£",
    "jpy": "¥",
    "cny": "CN¥",
    "krw": "₩",
    "inr": "₹",
    "cad": "CA$",
    "aud": "A$",
    "brl": "R$",
}


def decimals(currency: str) -> int:
    """How many decimals Stripe's minor unit of the currency stands for."""
    return 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2


def minimum(currency: str) -> int:
    """The least amount that can be charged, in minor units."""
    return MINIMUMS.get(currency) or 5 * 10 ** max(decimals(currency) - 1, 1)


def shown(amount: int, currency: str) -> str:
    """The amount as a person reads it: `$1,234.50`, `¥500`, `CHF 12.00`, `-€3.00`."""
    places = decimals(currency)
    whole, rest = divmod(abs(amount), 10**places)
    digits = f"{whole:,}" + (f".{rest:0{places}d}" if places else "")
    sign = SIGNS.get(currency, currency.upper() + "\u00a0")
    return ("-" if amount < 0 else "") + sign + digits


def share(amount: int, part: int, whole: int) -> int:
    """`amount` x `part` / `whole`, rounded half away from zero, in whole minor units."""
    if amount < 0:
        return -share(-amount, part, whole)
    return (2 * amount * part + whole) // (2 * whole) if whole else 0


def percent(amount: int, percentage: str) -> int:
    """`percentage` (such as "12.5") of an amount, rounded half away from zero."""
    whole, _, fraction = percentage.partition(".")
    return share(amount, int(whole + fraction), 100 * 10 ** len(fraction))


def spread(amount: int, weights: list[int]) -> list[int]:
    """Share an amount over weights so that the parts add up to it exactly."""
    total, parts, seen, given = sum(weights), [], 0, 0
    for weight in weights:
        seen += weight
        upto = share(amount, seen, total)
        parts.append(upto - given)
        given = upto
    return parts
