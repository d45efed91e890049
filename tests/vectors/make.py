"""Writes the test vectors beside this file: what AWS's own Python code answers.

    python3 -m venv venv
    venv/bin/pip install -r requirements.txt
    venv/bin/python make.py

Each file is a JSON array with one vector per line, and is the same on every
run: all chance comes from one seed, the clock is each vector's own date.

sigv4.json       requests and the Authorization header botocore gives them.
                 `headers` are those present before signing: all are signed but
                 some that proxies change. The signature also covers host,
                 x-amz-date and, with a session token, x-amz-security-token.
                 A URL parser leaves each `url` as it is.
s3.json          requests to S3, and the Authorization header that botocore's S3 signer
                 gives them. `urls` has several spellings of one request: all of
                 them have this signature. In a path and in a query S3 reads a
                 plus sign as a space.
endpoints.json   where botocore sends a Kinesis request, or why it refuses to.
                 `arn` null means that the stream is given by name.
hash_keys.json   partition keys and the 128-bit hash Kinesis routes them by.
aggregates.json  user records and the aggregated record aws_kinesis_agg makes.
"""

import base64
import datetime
import hashlib
import json
import random
import string
from pathlib import Path
from unittest import mock
from urllib.parse import quote

import botocore.auth
import botocore.session
from aws_kinesis_agg.aggregator import RecordAggregator
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError
from botocore.regions import EndpointRulesetResolver, EndpointResolverBuiltins
from botocore.utils import is_valid_endpoint_url, percent_encode_sequence, validate_region_name

SEED = 20131202


def main():
    write("sigv4.json", sigv4_vectors(random.Random(SEED)))
    write("s3.json", s3_vectors(random.Random(SEED)))
    write("endpoints.json", endpoint_vectors())
    write("hash_keys.json", hash_key_vectors(random.Random(SEED)))
    write("aggregates.json", aggregate_vectors(random.Random(SEED)))


def write(name, vectors):
    """ASCII only, so that no editor or checkout changes a character of it."""
    lines = (json.dumps(v, separators=(",", ":")) for v in vectors)
    text = "[\n" + ",\n".join(lines) + "\n]\n"
    Path(__file__).with_name(name).write_text(text, encoding="ascii")
    print(f"{name}: {len(vectors)} vectors, {len(text) // 1024} KiB")


# --- Signature Version 4 ------------------------------------------------------

KINESIS_OPERATIONS = ["PutRecord", "PutRecords", "ListShards", "DescribeStreamSummary"]
REGIONS = [
    "us-east-1", "us-west-2", "eu-central-1", "ap-southeast-5", "il-central-1",
    "cn-north-1", "us-gov-west-1", "eusc-de-east-1", "us-iso-east-1",
]  # fmt: skip
# s3 is missing on purpose: it has another canonical path, and vectors of its own.
OTHER_SERVICES = ["sqs", "sts", "execute-api", "lambda", "dynamodb", "es", "iam"]

TEXTS = [
    "", "a", "plain ASCII", "two\nlines\r\n", "Größe ☃ 数据", "🚀 emoji 👩‍🚀",
    '{"temperature":21.5,"ok":true}', "tab\tand \"quotes\" and \\", "\u0000\u0001\u007f",
]  # fmt: skip

# A value is signed with its outer spaces gone and inner runs made one space.
# Header names differ in case because a signature must not.
SIGNED_HEADERS = [
    ("Accept", "application/json"),
    ("accept-language", "  de,   en;q=0.5 "),
    ("Cache-Control", "no-cache"),
    ("X-Amz-Meta-Note", "a   b  c"),
    ("x-amz-meta-quoted", '"inner   spaces"'),
    ("X-AMZ-UPPER", "UPPER case VALUE"),
    ("x-Mixed-cAsE", "   left"),
    ("X-Right", "right   "),
    ("x-empty", ""),
    ("x-only-spaces", "    "),
    ("X-Punctuation", "!#$%&'*+-.^_`|~:;,=/?@()[]{}"),
    ("Amz-Sdk-Invocation-Id", "5f1c8f4e-9b7d-4f7c-8a43-0a6f0c9d3e21"),
    ("amz-sdk-request", "attempt=1; max=3"),
    ("X-Amz-User-Agent", "kinesis-edge/1.0"),
    ("Origin", "https://example.com"),
    # Next to each other when sorted: '-' sorts before a letter.
    ("x-a", "1"),
    ("X-A-B", "2"),
    ("x-ab", "3"),
]

# Proxies change or add these, so botocore sends them unsigned.
UNSIGNED_HEADER_NAMES = [
    name.title() if i % 2 else name
    for i, name in enumerate(botocore.auth.SIGNED_HEADERS_BLACKLIST)
]

PATHS = [
    "/", "/path", "/path/", "/two/levels", "/2015-03-31/functions/f/invocations",
    "//", "//double//slash//", "/trailing//", "/dots.in.names/...", "/a.b/..c/d..",
    "/space%20here", "/%C3%A4%E2%98%83", "/percent%25sign", "/encoded%2Fslash",
    "/lower%c3%a4hex", "/tilde~minus-dot._", "/sub!$&'()*+,;=", "/colon:at@", "/[brackets]",
]  # fmt: skip

# Pairs, encoded when the URL is made. Sorting is by encoded name, then value:
# not by the text "name=value", in which "a-b" would come before "a".
QUERIES = [
    [("Action", "GetCallerIdentity"), ("Version", "2011-06-15")],
    [("b", "2"), ("a", "1"), ("c", "3")],
    [("a-b", "1"), ("a", "2"), ("aB", "3"), ("ab", "4"), ("a.b", "5")],
    [("a", "10"), ("a", "9"), ("a", "1"), ("A", "x")],
    [("same", ""), ("same", "value"), ("same", "")],
    [("empty", ""), ("none", None), ("zero", "0")],
    [("space in name", "space in value"), ("plus", "1+1=2")],
    [("slash/name", "a/b?c#d"), ("amp&", "x&y=z"), ("percent%", "100%25")],
    [("ü", "ä"), ("数", "据"), ("🚀", "👩‍🚀"), ("z", "~-_.")],
    [("reserved", "!*'();:@&=+$,/?#[]"), ("quote", '"'), ("angle", "<>")],
    [("prefix", "logs/2026/"), ("max-keys", "1000"), ("delimiter", "/")],
]


def sigv4_vectors(rng):
    makers = [kinesis_request] * 7 + [query_request] * 2 + [other_request]
    return [sign(rng, *rng.choice(makers)(rng)) for _ in range(1000)]


def sign(rng, service, method, url, headers, body):
    """Signs as botocore does, at a date of this vector's own."""
    region, credentials, now = rng.choice(REGIONS), make_credentials(rng), make_date(rng)
    request = AWSRequest(method=method, url=url, headers=headers, data=body)
    with mock.patch("botocore.auth.get_current_datetime", return_value=now):
        botocore.auth.SigV4Auth(credentials, service, region).add_auth(request)
    authorization = request.headers["Authorization"]
    return {
        "method": method,
        "url": url,
        "headers": headers,
        **body_fields(body),
        **signing_fields(request, credentials, service, region),
        "signedHeaders": authorization.split("SignedHeaders=")[1].split(",")[0],
        "authorization": authorization,
    }


def signing_fields(request, credentials, service, region):
    return {
        "region": region,
        "service": service,
        "accessKeyId": credentials.access_key,
        "secretAccessKey": credentials.secret_key,
        "sessionToken": credentials.token,
        "date": request.headers["X-Amz-Date"],
    }


def body_fields(body):
    try:
        return {"body": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"bodyBase64": base64.b64encode(body).decode()}


def kinesis_request(rng):
    """What the producer itself sends: nearly always these two headers only."""
    cbor = rng.random() < 0.25
    content_type = "application/x-amz-cbor-1.1" if cbor else "application/x-amz-json-1.1"
    target = f"Kinesis_20131202.{rng.choice(KINESIS_OPERATIONS)}"
    headers = [("Content-Type", content_type), ("X-Amz-Target", target)]
    if rng.random() < 0.5:
        headers = [(name.lower(), value) for name, value in headers]
    if rng.random() < 0.1:
        headers += some_headers(rng).items()
    # A signature does not look inside the body: any bytes stand for CBOR.
    body = rng.randbytes(body_length(rng)) if cbor else kinesis_json(rng)
    return "kinesis", "POST", kinesis_origin(rng) + "/", dict(headers), body


def kinesis_origin(rng):
    return rng.choice([
        "https://kinesis.us-east-1.amazonaws.com",
        "https://123456789012.data-kinesis.eu-west-1.amazonaws.com",
        "https://111122223333.control-kinesis-fips.us-west-2.api.aws",
        "https://vpce-0a1b2c3d.kinesis.eu-central-1.vpce.amazonaws.com",
        "http://localhost:4567",
        "http://127.0.0.1:4566",
        "http://[::1]:4568",
        "https://kinesis.example:8443",
    ])  # fmt: skip


def kinesis_json(rng):
    def entry():
        data = base64.b64encode(rng.randbytes(body_length(rng) // 4)).decode()
        return {"Data": data, "PartitionKey": rng.choice(TEXTS[1:6])}

    records = [entry() for _ in range(rng.randint(1, 2))]
    body = {"StreamName": "clicks", "Records": records}
    return json.dumps(body, ensure_ascii=rng.random() < 0.5).encode()


def query_request(rng):
    service = rng.choice(OTHER_SERVICES)
    pairs = rng.choice(QUERIES)[:]
    rng.shuffle(pairs)
    query = "&".join(encode_pair(*pair) for pair in pairs)
    url = f"{other_origin(rng, service)}{rng.choice(PATHS)}?{query}"
    return service, rng.choice(["GET", "GET", "HEAD", "DELETE"]), url, some_headers(rng), b""


def encode_pair(name, value):
    """Encoded as SigV4 wants it, where a URL parser has nothing left to do."""
    encoded = quote(name, safe="-_.~")
    return encoded if value is None else f"{encoded}={quote(value, safe='-_.~')}"


def other_request(rng):
    service = rng.choice(OTHER_SERVICES)
    url = other_origin(rng, service) + rng.choice(PATHS)
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    headers.update(some_headers(rng))
    body = rng.choice([rng.choice(TEXTS).encode(), rng.randbytes(body_length(rng))])
    return service, rng.choice(["POST", "PUT", "PATCH"]), url, headers, body


def other_origin(rng, service):
    port = rng.choice(["", "", "", ":8080", ":8443"])
    return f"https://{service}.us-east-1.amazonaws.com{port}"


def some_headers(rng):
    headers = rng.sample(SIGNED_HEADERS, rng.randint(0, 4))
    unsigned = rng.sample(UNSIGNED_HEADER_NAMES, rng.choice([0, 0, 1, 3]))
    headers += [(name, "not signed") for name in unsigned]
    rng.shuffle(headers)
    return dict(headers)


def body_length(rng):
    """Mostly short; sometimes beside a block boundary of SHA-256; rarely large."""
    if rng.random() < 0.01:
        return rng.randint(2000, 5000)
    return rng.choice([0, 1, 55, 56, 63, 64, 65, 119, 120, rng.randint(0, 300)])


def make_credentials(rng):
    access_key = "AKIA" + text_of(rng, string.ascii_uppercase + "234567", 16)
    secret_key = text_of(rng, string.ascii_letters + string.digits + "+/", 40)
    if rng.random() < 0.6:
        return Credentials(access_key, secret_key)
    length = 900 if rng.random() < 0.03 else rng.randint(20, 120)
    token = text_of(rng, string.ascii_letters + string.digits + "+/=", length)
    return Credentials("ASIA" + access_key[4:], secret_key, token)


def make_date(rng):
    first = datetime.datetime(2013, 12, 2, tzinfo=datetime.timezone.utc)
    return first + datetime.timedelta(seconds=rng.randrange(40 * 365 * 24 * 60 * 60))


def text_of(rng, alphabet, length):
    return "".join(rng.choice(alphabet) for _ in range(length))


# --- S3 -----------------------------------------------------------------------

S3_NAMES = ["s3", "s3", "s3", "s3-outposts", "s3-object-lambda", "s3express"]
# What a key is made of: every character of ASCII that is no control, and some beyond.
S3_CHARACTERS = [chr(code) for code in range(32, 127)] + list("()'!*,=@:+$&; /%~") * 2 + ["ä", "数", "🚀"]
# Characters that a URL parser leaves as they are in a path and in a query.
RAW_IN_PATH = "!$&'()*,=:@;"
RAW_IN_QUERY = "!$()*,:@;/?"


def s3_vectors(rng):
    return [s3_vector(rng) for _ in range(500)]


def s3_vector(rng):
    region, credentials, now, service = rng.choice(REGIONS), make_credentials(rng), make_date(rng), rng.choice(S3_NAMES)
    key, pairs = s3_key(rng), s3_query(rng)
    method = rng.choice(["GET", "PUT", "HEAD", "DELETE"])
    body = rng.choice(TEXTS).encode() if method == "PUT" else b""
    origin = f"https://bucket.{service}.{region}.amazonaws.com"
    # What botocore sends for this key: `percent_encode` of its S3 serialiser, and sorted parameters.
    url = f"{origin}/{quote(key, safe='/~-._')}"
    if pairs:
        url += "?" + percent_encode_sequence(sorted(pairs))
    request = AWSRequest(method=method, url=url, data=body)
    with mock.patch("botocore.auth.get_current_datetime", return_value=now):
        botocore.auth.S3SigV4Auth(credentials, service, region).add_auth(request)
    spellings = {url} | {s3_spelling(rng, origin, key, pairs) for _ in range(3)}
    return {
        "method": method,
        "urls": sorted(spellings),
        "headers": {"x-amz-content-sha256": request.headers["X-Amz-Content-SHA256"]},
        **body_fields(body),
        **signing_fields(request, credentials, service, region),
        "authorization": request.headers["Authorization"],
    }


def s3_key(rng):
    while True:
        key = text_of(rng, S3_CHARACTERS, rng.randint(0, 24))
        # A URL parser removes segments of dots, so no host can send such a key.
        if not any(segment in (".", "..") for segment in key.split("/")):
            return key


def s3_query(rng):
    names = rng.sample(["prefix", "list-type", "delimiter", "x-id", "a+b", "uploads", "(1)"], rng.choice([0, 0, 1, 3]))
    return [(name, text_of(rng, S3_CHARACTERS, rng.randint(0, 12))) for name in names]


def s3_spelling(rng, origin, key, pairs):
    path = s3_text(rng, key, RAW_IN_PATH, "/")
    query = "&".join(f"{s3_text(rng, name, RAW_IN_QUERY)}={s3_text(rng, value, RAW_IN_QUERY)}" for name, value in pairs)
    return f"{origin}/{path}" + (f"?{query}" if pairs else "")


def s3_text(rng, text, raw, always_raw=""):
    """Some characters as they are, some encoded in lower case, some spaces as plus signs."""
    lower = rng.random() < 0.5

    def spelled(character):
        if character in always_raw or (character in raw and rng.random() < 0.7):
            return character
        if character == " " and rng.random() < 0.5:
            return "+"
        encoded = quote(character, safe="-_.~")
        return encoded.lower() if lower and encoded != character else encoded

    return "".join(spelled(character) for character in text)


# --- Endpoints ----------------------------------------------------------------

OPERATIONS = {"data": "PutRecords", "control": "ListShards"}

# No one's region, but within a partition's pattern; the last ones are in none.
MADE_UP_REGIONS = [
    "us-west-9", "mx-north-42", "cn-north-9", "eusc-de-east-9", "us-iso-east-9", "us-isob-west-9",
    "eu-isoe-north-9", "us-isof-south-9", "us-gov-north-9", "mars-1", "US-EAST-1", "us-iso-east",
    "eusc-fr-west-1", "us-gov-west-1a", "x", "0x", "a" * 63,
]  # fmt: skip
INVALID_REGIONS = [
    "us_east_1", "", "us east", "-x", "x-", "12345", "us.east.1", "us-east-1/", "a" * 64,
    "ü-east-1", " us-east-1", "us-east-1@example.com", "us-east-1#",
]  # fmt: skip

# Each is wrong, or odd but taken, in one way. The rules look at an ARN's parts
# in a fixed order, so the pairs of faults show which is reported first.
ODD_ARNS = [
    "", "arn", "arn:", "clicks", "ARN:aws:kinesis:us-east-1:123456789012:stream/clicks",
    "arn:aws:kinesis:us-east-1:123456789012", "arn:aws:kinesis:us-east-1:123456789012:",
    "arn::kinesis:us-east-1:123456789012:stream/clicks",
    "arn:aws::us-east-1:123456789012:stream/clicks",
    "arn:aws:sqs:us-east-1:123456789012:stream/clicks",
    "arn:aws:Kinesis:us-east-1:123456789012:stream/clicks",
    "arn:aws:kinesis::123456789012:stream/clicks",
    "arn:aws:kinesis:us_east_1:123456789012:stream/clicks",
    "arn:aws:kinesis:us-east-1::stream/clicks",
    "arn:aws:kinesis:us-east-1:12.34:stream/clicks",
    "arn:aws:kinesis:us-east-1:-1:stream/clicks",
    "arn:aws:kinesis:us-east-1:account:stream/clicks",
    f"arn:aws:kinesis:us-east-1:{'1' * 63}:stream/clicks",
    f"arn:aws:kinesis:us-east-1:{'1' * 64}:stream/clicks",
    "arn:aws:kinesis:us-east-1:123456789012:/clicks",
    "arn:aws:kinesis:us-east-1:123456789012::clicks",
    "arn:aws:kinesis:us-east-1:123456789012:streams/clicks",
    "arn:aws:kinesis:us-east-1:123456789012:Stream/clicks",
    "arn:aws:kinesis:us-east-1:123456789012:channel/clicks",
    "arn:aws:kinesis:us-east-1:123456789012:stream",
    "arn:aws:kinesis:us-east-1:123456789012:stream/",
    "arn:aws:kinesis:us-east-1:123456789012:stream:clicks",
    "arn:aws:kinesis:us-east-1:123456789012:stream/clicks/consumer/reader:1700000000",
    "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks",
    "arn:aws:kinesis:cn-north-1:123456789012:stream/clicks",
    "arn:aws-cn:kinesis:us-east-1:123456789012:stream/clicks",
    "arn:aws-us-gov:kinesis:us-gov-west-1:123456789012:stream/clicks",
    "arn:aws-mars:kinesis:us-east-1:123456789012:stream/clicks",
    # Two faults each.
    "arn:aws:sqs:us_east_1::stream/clicks",
    "arn:aws:sqs:us_east_1:123456789012:queue/clicks",
    "arn:aws:sqs:us-east-1:123456789012:/clicks",
    "arn:aws-cn:kinesis:us-east-1:123456789012:channel/clicks",
    "arn:aws-cn:sqs:us-east-1:123456789012:stream/clicks",
]
CUSTOM_ENDPOINTS = [
    "http://localhost:4567", "http://127.0.0.1:4567/", "https://kinesis.example/path/",
    "https://vpce-0a1b2c3d.kinesis.us-east-1.vpce.amazonaws.com",
]  # fmt: skip


def endpoint_vectors():
    rules = KinesisRules()
    vectors = []
    for region, partition in rules.known_regions() + [(r, None) for r in MADE_UP_REGIONS]:
        arn = stream_arn(partition or rules.partition_of(region), region)
        vectors += rules.variants(region, None) + rules.variants(region, arn)
    for region in INVALID_REGIONS:
        arn = stream_arn("aws", "us-east-1")
        vectors += rules.variants(region, None) + rules.variants(region, arn)
    for region in ["us-east-1", "cn-north-1", "us-gov-west-1", "us-iso-east-1", "us-isof-south-1"]:
        for arn in ODD_ARNS:
            vectors.append(rules.vector(region, arn))
    for arn in [None, ODD_ARNS[0], stream_arn("aws", "us-east-1")]:
        for endpoint in CUSTOM_ENDPOINTS:
            vectors += rules.variants("us-east-1", arn, endpoint)
    refusals = sum("error" in v for v in vectors)
    print(f"  endpoints: {len(vectors) - refusals} resolved, {refusals} refused")
    return vectors


def stream_arn(partition, region):
    return f"arn:{partition}:kinesis:{region}:123456789012:stream/clicks"


class KinesisRules:
    """botocore's resolver of Kinesis endpoints, set up as its client does.

    A client itself would not do: given a custom endpoint it drops FIPS and
    dual-stack without a word, where the rules and other SDKs refuse.
    """

    def __init__(self):
        session = botocore.session.Session()
        loader = session.get_component("data_loader")
        self.session = session
        self.partitions = loader.load_data("partitions")
        self.service = session.get_service_model("kinesis")
        self.resolver = EndpointRulesetResolver(
            endpoint_ruleset_data=loader.load_service_model("kinesis", "endpoint-rule-set-1"),
            partition_data=self.partitions,
            service_model=self.service,
            builtins={},
            client_context={},
            event_emitter=session.get_component("event_emitter"),
        )

    def known_regions(self):
        """(region, partition) of both of botocore's lists, which differ."""
        known = {}
        for partition in self.partitions["partitions"]:
            known.update(dict.fromkeys(partition["regions"], partition["id"]))
        for partition in self.session.get_available_partitions():
            regions = self.session.get_available_regions("kinesis", partition, True)
            # Names such as fips-us-east-1 stand for a region and a switch. A
            # client parses them before it asks the rules.
            plain = (r for r in regions if "fips" not in r)
            known.update(dict.fromkeys(plain, partition))
        return sorted(known.items(), key=lambda pair: (pair[1], pair[0]))

    def partition_of(self, region):
        library = self.resolver._provider.ruleset.rule_lib
        return library.aws_partition(region)["name"]

    def variants(self, region, arn, endpoint=None):
        return [
            self.vector(region, arn, endpoint, fips, dualstack, operation)
            for fips in (False, True)
            for dualstack in (False, True)
            for operation in OPERATIONS
        ]

    def vector(self, region, arn, endpoint=None, fips=False, dualstack=False, operation="data"):
        vector = {
            "region": region,
            "arn": arn,
            "endpoint": endpoint,
            "fips": fips,
            "dualstack": dualstack,
            "operation": operation,
        }
        try:
            return {**vector, "url": self.resolve(**vector)}
        except BotoCoreError as error:
            return {**vector, "error": str(error)}

    def resolve(self, region, arn, endpoint, fips, dualstack, operation):
        validate_region_name(region)
        self.resolver._builtins = {
            EndpointResolverBuiltins.AWS_REGION: region,
            EndpointResolverBuiltins.AWS_USE_FIPS: fips,
            EndpointResolverBuiltins.AWS_USE_DUALSTACK: dualstack,
            EndpointResolverBuiltins.SDK_ENDPOINT: endpoint,
        }
        model = self.service.operation_model(OPERATIONS[operation])
        stream = {"StreamName": "clicks"} if arn is None else {"StreamARN": arn}
        url = self.resolver.construct_endpoint(model, stream, {}).url
        if not is_valid_endpoint_url(url):  # an empty region comes this far
            raise InvalidEndpoint(url=url)
        return url


class InvalidEndpoint(BotoCoreError):
    """Says what botocore's EndpointCreator says, in a plain ValueError."""

    fmt = "Invalid endpoint: {url}"


# --- Hash keys ----------------------------------------------------------------

ALPHABETS = {
    "ascii": string.ascii_letters + string.digits + string.punctuation + " ",
    "digits": string.digits,
    "control": "".join(map(chr, range(0x20))) + "\x7f",
    "latin": "äöüßéèñçøåÄÖÜ",
    "bmp": "数据流キーключकुंजีمفتاح☃€\ufeff\ufffd\uffff",
    "astral": "🚀👩🦀😀🏳𝒳𐍈\U0010ffff",
}
HAND_PICKED_KEYS = [
    "a", "user-123", "0", "10", "2", " ", "\u0000", "é", "e\u0301", "ß", "€", "🚀", "👩‍🚀",
    "a" * 255, "a" * 256, "é" * 256, "€" * 256, "🚀" * 256, "__proto__", "constructor",
]  # fmt: skip


def hash_key_vectors(rng):
    keys = HAND_PICKED_KEYS + [make_key(rng) for _ in range(280)]
    return [{"partitionKey": key, "hashKey": hash_key(key)} for key in keys]


def make_key(rng):
    """Lengths around MD5's blocks of 64 bytes come up often, long ones rarely."""
    alphabet = rng.choice([*ALPHABETS.values(), "".join(ALPHABETS.values())])
    long = rng.random() < 0.1
    return text_of(rng, alphabet, rng.randint(80, 256) if long else rng.randint(1, 70))


def hash_key(partition_key):
    return str(int.from_bytes(hashlib.md5(partition_key.encode()).digest(), "big"))


# --- Aggregated records -------------------------------------------------------

MAX_HASH = str(2**128 - 1)


def aggregate_vectors(rng):
    vectors = [aggregate(records) for records in hand_picked_records()]
    vectors += [aggregate(random_records(rng)) for _ in range(20)]
    return vectors


def hand_picked_records():
    """Lists of (partition key, data[, explicit hash key])."""
    return [
        [("a", b"x")],
        [("a", b"x"), ("a", b"y")],
        [("pk0", b"hello"), ("pk1", b"world")],
        # Keys that a map of some languages would reorder or not hold.
        [("10", b"ten"), ("2", b"two")],
        [("2", b"two"), ("10", b"ten"), ("2", b"again"), ("01", b"x"), ("1", b"y")],
        [("__proto__", b"p"), ("constructor", b"c"), ("toString", b"t"), ("__proto__", b"q")],
        [("k", b"")],
        [("k", b""), ("k", b""), ("l", b"")],
        [("ü", "Größe".encode()), ("🚀", "👩‍🚀".encode()), ("数据", b"\x00\xff"), ("ü", b"1")],
        # One text to the eye, two keys.
        [("é", b"composed"), ("e\u0301", b"decomposed")],
        [("a", b"x", "0")],
        [("a", b"x", MAX_HASH), ("b", b"y", MAX_HASH)],
        [("a", b"x", "1"), ("a", b"y", "2"), ("b", b"z", "1")],
        [("a", b"x", "5"), ("a", b"y"), ("b", b"z", "5"), ("c", b"")],
        # Lengths on both sides of where a varint gets one byte longer.
        *([("k", bytes(n))] for n in (122, 123, 127, 128, 129)),
        [("k", b"\xaa" * 16384), ("k", b"z")],
        [("k" * 127, b"x"), ("k" * 128, b"y"), ("é" * 256, b"z")],
        # Indices past 127.
        [(f"key-{i}", b"") for i in range(130)],
        [("one", i.to_bytes(2, "big")) for i in range(100)],
        [(f"key-{i % 7}", b"%d" % i, str(i % 5)) for i in range(100)],
    ]


def random_records(rng):
    keys = [make_key(rng)[:40] for _ in range(rng.randint(1, 4))]
    return [random_record(rng, keys) for _ in range(rng.randint(1, 12))]


def random_record(rng, keys):
    record = (rng.choice(keys), rng.randbytes(rng.randint(0, 60)))
    if rng.random() < 0.7:
        return record
    return (*record, str(rng.getrandbits(rng.choice([1, 64, 128]))))


def aggregate(records):
    aggregator = RecordAggregator()
    for partition_key, data, *explicit_hash_key in records:
        overflow = aggregator.add_user_record(partition_key, data, *explicit_hash_key)
        assert overflow is None, "one vector is one aggregated record"
    _, _, aggregated = aggregator.clear_and_get().get_contents()
    return {"records": [record_fields(*r) for r in records], "aggregated": aggregated.hex()}


def record_fields(partition_key, data, explicit_hash_key=None):
    return {
        "partitionKey": partition_key,
        "explicitHashKey": explicit_hash_key,
        "data": data.hex(),
    }


if __name__ == "__main__":
    main()
