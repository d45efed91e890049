"""Kinesis records on standard input, a line of JSON each, to the user records in them, by PyPI's aws_kinesis_agg.

In:  {"key": …, "data": base64, "start": …, "end": …}, the last two being the hash keys of the shard that it was read from.
Out: a line of JSON for each user record: [partition key, base64 of its data, whether the KCL would deliver it].

The KCL drops an aggregate, all of it, when one of its user records hashes outside the shard.
"""
import base64
import hashlib
import json
import sys

from aws_kinesis_agg.deaggregator import deaggregate_records


def main():
    for line in sys.stdin:
        record = json.loads(line)
        users = deaggregate_records({"kinesis": {
            "kinesisSchemaVersion": "1.0", "sequenceNumber": "1", "approximateArrivalTimestamp": 0,
            "partitionKey": record["key"], "data": record["data"]}})
        users = [user["kinesis"] for user in users]
        is_aggregate = base64.b64decode(record["data"])[:4] == bytes.fromhex("f3899ac2")
        delivered = not is_aggregate or all(covers(record, user) for user in users)
        for user in users:
            print(json.dumps([user["partitionKey"], text(user["data"]), delivered]))


def covers(record, user):
    hash_key = user.get("explicitHashKey") or int.from_bytes(hashlib.md5(user["partitionKey"].encode()).digest(), "big")
    return int(record["start"]) <= int(hash_key) <= int(record["end"])


def text(data):
    return data if isinstance(data, str) else data.decode()


main()
