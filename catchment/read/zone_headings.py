"""The headings of wishes about zones."""

from catchment.read.headings import AREA, SCHOOL_ID, STAGE, Heading, Headings, words_of

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
