# ruff: noqa: E501 - tables are as wide as they are
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.errors import UnreadableInputError
from fluxhound.intel.indicator import Tlp
from tests.intel.readers import SOME, counts, read, survives, taken

URLHAUS = """\
################################################################
# abuse.ch style: the header stands in a comment               #
################################################################
#
# id,dateadded,url,url_status,last_online,threat,tags,urlhaus_link,reporter
"1","2024-01-23 10:00:00","http://evil.example/a, b","online","2024-01-24 10:00:00","malware","x","",""
"2","2024-01-23 10:00:00","http://evil.example/a%2C","online","","malware_download","x,y","",""
"""
THREATFOX = """\
# "first_seen_utc","ioc_id","ioc_value","ioc_type","threat_type","malware_printable","last_seen_utc","confidence_level","tlp"
"2024-01-23 10:00:00", "1", "9.9.9.9:80", "ip:port", "botnet_cc", "Evil, the \x1b[31mrat", "", "75", "amber"
"2024-01-23 10:00:00", "2", "evil.example", "domain", "botnet_cc", "Evil", "2024-01-24 10:00:00", "100", ""
"2024-01-23 10:00:00", "3", "d41d8cd98f00b204e9800998ecf8427e", "md5_hash", "payload", "Evil", "", "x", ""
"4"
"""
MIXED = "type,indicator\ndomain,a[.]example\ndomain,b.example\nurl,https://t[.]example/x\n"


def test_the_style_of_urlhaus_is_read() -> None:
    feed = read(URLHAUS)
    assert feed.forms == ("csv",)
    assert taken(URLHAUS) == ["url http://evil.example/a%2C"]
    assert counts(feed.tally) == {"not a valid URL": 1}  # a blank in a URL


def test_the_style_of_threatfox_is_read() -> None:
    feed = read(THREATFOX)
    assert taken(THREATFOX) == ["address 9.9.9.9", "domain evil.example"]
    rows = feed.table.to_pylist()
    assert [row["confidence"] for row in rows] == [75, 100]
    assert [row["tlp"] for row in rows] == [Tlp.AMBER, Tlp.UNMARKED]
    assert rows[0]["label"] == "Evil, the  [31mrat"
    assert rows[1]["last_seen"] == 1_706_090_400
    assert counts(feed.tally) == {
        "another type of indicator": 1,
        "a row with too few cells": 1,
    }


def test_defanged_and_plain_may_be_mixed_in_one_column() -> None:
    assert taken(MIXED) == ["domain a.example", "domain b.example", "url https://t.example/x"]


def test_the_style_of_feodo_tracker_is_read() -> None:
    feodo = """\
################################################################
# abuse.ch style: the header is the first row                  #
################################################################
#
"first_seen_utc","dst_ip","dst_port","c2_status","last_online","malware"
"2024-01-23 10:00:00","9.9.9.9","443","online","2024-01-24","QakBot"
# END 1 entries
"""
    row = read(feodo).table.to_pylist()[0]
    assert taken(feodo) == ["address 9.9.9.9"]
    assert (row["label"], row["last_seen"]) == ("QakBot", 1_706_054_400)


def test_what_a_table_calls_harmless_is_not_taken() -> None:
    table = (
        "type,indicator,classification\ndomain,a.example,legitimate\ndomain,b.example,phishing\n"
    )
    assert taken(table) == ["domain b.example"]
    assert counts(read(table).tally) == {"said to be harmless": 1}


def test_a_column_may_be_chosen() -> None:
    table = "x;evil.example;2024\ny;b.example;2024\nz;c.example;2024\n"
    with pytest.raises(UnreadableInputError, match="--column value=1"):
        read(table)
    assert taken(table, columns={"value": "2"}, form="csv") == [
        "domain evil.example",
        "domain b.example",
        "domain c.example",
    ]


def test_a_header_in_the_middle_is_no_row() -> None:
    assert taken("domain,x\na.example,1\ndomain,x\nb.example,2\n") == [
        "domain a.example",
        "domain b.example",
    ]


def test_a_quote_that_never_ends_is_one_bad_row() -> None:
    feed = read('domain,x\na.example,1\n"' + "b.example,2\n" * 20_000)
    assert feed.table.num_rows <= 2
    assert feed.tally.records == 20_001
    assert feed.tally.bad["a row that cannot be read"] > 10_000


@SOME
@given(st.text(",;|\t\"'#\n a.exmpl[]", max_size=200))
def test_any_text_is_survived(text: str) -> None:
    survives(("domain,type,first_seen\n" + text).encode(), "csv")
