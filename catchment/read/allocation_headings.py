"""The headings of homes, applications and places."""

from catchment.read.headings import SCHOOL_ID, STAGE, Heading, Headings, plain
from catchment.tables.allocation import OUTSIDE

OUTSIDE_WORDS = frozenset(map(plain, (OUTSIDE, "县外", "市外", "区外", "外县", "区域外", "片区外")))
_TIERS = {
    1: "第一类 一类 第一顺位 第一批 户籍房产一致 人户一致 有户有房 owner",
    2: "第二类 二类 第二顺位 第二批 有户无房 户籍 registered",
    3: "第三类 三类 第三顺位 第三批 有房无户 房产 property",
    4: "第四类 四类 第四顺位 第四批 随迁 随迁子女 migrant",
}
TIER_WORDS: dict[str, object] = {plain(s): tier for tier, some in _TIERS.items() for s in (str(tier), *some.split())}
CHOICES = tuple(f"choice_{n}" for n in range(1, 7))

ZONE = (
    "片区学校标识码",
    "地段学校标识码",
    "招生片区学校标识码",
    "招生片区",
    "所属片区",
    "片区",
    "地段",
    "zone",
    "zone code",
)

RESIDENCE = Headings(
    (
        Heading("home_id", "code", ("居住片区学校标识码", "居住片区", "居住地代码", "居住地", "居住镇街代码", "home zone", "home", *ZONE)),
        Heading("school_id", "code", ("就读学校标识码", *SCHOOL_ID, "school attended")),
        STAGE,
        Heading("pupils", "whole", ("学生数", "在校生数", "学生人数", "人数", "number of pupils"), low=0, high=20_000),
    )
)  # fmt: skip
APPLICANTS = Headings(
    (
        Heading("application_no", "code", ("报名号", "报名序号", "报名编号", "申请号", "受理编号", "application number", "application")),
        Heading("zone_id", "code", ZONE),
        STAGE,
        Heading("tier", "word", ("录取顺序", "录取类别", "报名类别", "顺位", "类别", "priority"), words=TIER_WORDS),
        Heading(
            "sibling_id", "code", ("兄弟姐妹就读学校标识码", "多孩就读学校标识码", "兄弟姐妹学校标识码", "sibling's school", "sibling school"),
            needed=False, filled=False,
        ),
        Heading("points", "number", ("积分", "积分分值", "总积分"), needed=False, filled=False, low=0, high=100_000),
        Heading("age_days", "whole", ("年龄（天）", "年龄_天", "日龄", "age in days"), needed=False, filled=False, low=0, high=10_000),
        Heading("from_id", "code", ("居住单元", "规划单元", "planning unit", "unit"), needed=False, filled=False),
        *(
            Heading(
                name, "code", (f"第{word}志愿", f"志愿{n}", f"第{word}志愿学校标识码", f"choice {n}"), needed=False, filled=False
            )
            for n, (name, word) in enumerate(zip(CHOICES, "一二三四五六", strict=True), 1)
        ),
    )
)  # fmt: skip
PLACES = Headings(
    (
        Heading("zone_id", "code", ZONE, needed=False, filled=False),
        Heading("school_id", "code", SCHOOL_ID),
        STAGE,
        Heading(
            "places",
            "whole",
            ("招生人数", "招生计划", "招生计划数", "计划招生数", "计划人数", "intake"),
            low=0,
            high=20_000,
        ),
    )
)
