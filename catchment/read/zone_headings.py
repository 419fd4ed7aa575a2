"""The headings of wishes about zones, and of address points."""

from catchment.read.headings import AREA, LAT, LON, SCHOOL_ID, STAGE, Heading, Headings, words_of

WISH_WORDS = words_of(
    lock="固定 锁定 指定 划入",
    ban="排除 禁止 不划入 exclude",
    together="整体 不拆分 整体划分 whole",
)

ZONE_WISHES = Headings(
    (
        Heading("wish", "word", ("要求", "划片要求", "what is wished"), words=WISH_WORDS),
        STAGE,
        Heading("unit_id", "code", ("规划单元", "单元", "planning unit", "unit"), needed=False, filled=False),
        Heading("area_id", "code", AREA, needed=False, filled=False),
        Heading("school_id", "code", SCHOOL_ID, needed=False, filled=False),
    )
)

BOTH_STAGES = words_of(primary="小学Primary", junior="初中Junior")
"""As workbooks of ours have them where they are in two languages."""

ADDRESSES = Headings(
    (
        Heading("street", "text", ("街路", "街路名称", "路名", "街路巷", "street", "road"), needed=False, filled=False),
        Heading("number", "text", ("门牌号", "门牌", "门牌号码", "house number", "number"), needed=False, filled=False),
        Heading(
            "place",
            "text",
            ("自然村", "自然村或楼栋", "小区", "村民小组", "楼栋", "hamlet", "building"),
            needed=False,
            filled=False,
        ),
        Heading("lon", "number", LON.spellings, needed=False, filled=False, low=-180, high=180),
        Heading("lat", "number", LAT.spellings, needed=False, filled=False, low=-90, high=90),
        Heading("x_m", "number", ("东坐标", "东坐标_米", "easting", "x"), needed=False, filled=False),
        Heading("y_m", "number", ("北坐标", "北坐标_米", "northing", "y"), needed=False, filled=False),
    )
)

ZONE_TEXTS = Headings(
    (
        Heading("school_id", "code", (*SCHOOL_ID, "学校标识码 School code")),
        Heading("stage", "word", (*STAGE.spellings, "学段 Stage"), words={**STAGE.words, **BOTH_STAGES}),
        Heading(
            "text",
            "text",
            ("片区文字", "招生范围", "招生范围文字", "片区文字 Zone in words", "Zone in words"),
            filled=False,
        ),
    )
)
ZONE_TEXT_POINTS = Headings(
    (
        Heading("area_id", "code", (*(s for s in AREA if s != "area"), "区域代码", "区域代码 Area code")),
        Heading("stage", "word", (*STAGE.spellings, "学段 Stage"), words={**STAGE.words, **BOTH_STAGES}),
        Heading("number", "whole", ("界点", "界点 Point", "point"), low=1),
        Heading("x_m", "whole", ("东坐标（米）", "东坐标（米） East (m)", "East (m)")),
        Heading("y_m", "whole", ("北坐标（米）", "北坐标（米） North (m)", "North (m)")),
    )
)
