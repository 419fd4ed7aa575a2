"""What is known about Luoding (STANDARDS section 7), and the guesses that fill its gaps.

`known` marks a figure that a named source gives; everything else only makes the columns add up.
"""

from dataclasses import dataclass

CRS = "EPSG:4546"
EXTENT_DEG = (111 + 3 / 60 + 8 / 3600, 22 + 25 / 60 + 11 / 3600, 111 + 52 / 60 + 44 / 3600, 22 + 57 / 60 + 34 / 3600)
COUNTY_KM2 = 2327.5
RESIDENTS_2020 = 936_931
CHILDREN_SHARE, OLD_SHARE = 0.2747, 0.1727  # census 2020: 0-14 and 60+, of all residents
BASE_YEAR = 2025

Point = tuple[float, float]


@dataclass(frozen=True)
class Township:
    """One of the 22 township-level units: area in km², residents of 2020, degrees of its parts' centres.

    `town_share` is the share of residents that live in its town (city, market town); `old` shifts its
    age mix: above 1 = more old people and fewer of working age.
    """

    code: str
    name: str
    km2: float
    residents: int
    known: str
    sites: tuple[Point, ...]
    town_share: float
    old: float = 1.0

    @property
    def short(self) -> str:
        return self.name.removesuffix("街道").removesuffix("镇")


TOWNSHIPS = (
    Township("445381001", "罗城街道", 24, 148_000, "",
             ((111.567, 22.768), (111.549, 22.767), (111.58, 22.766), (111.595, 22.774), (111.588, 22.780)), 0.95, 0.82),
    Township("445381002", "素龙街道", 109.6, 117_591, "area residents", ((111.58, 22.73), (111.61, 22.735)), 0.52, 0.9),
    Township("445381003", "附城街道", 192.3, 50_000, "area",
             ((111.57, 22.80), (111.566, 22.785), (111.54, 22.86), (111.53, 22.90)), 0.42),
    Township("445381004", "双东街道", 24.2, 22_000, "area", ((111.605, 22.80), (111.61, 22.796), (111.625, 22.81)), 0.40),
    Township("445381100", "罗镜镇", 190, 72_000, "", ((111.47, 22.50), (111.44, 22.47)), 0.14, 1.0),
    Township("445381101", "太平镇", 93.8, 50_440, "area residents", ((111.53, 22.53),), 0.13),
    Township("445381102", "分界镇", 97.6, 24_000, "area", ((111.35, 22.45),), 0.13, 1.1),
    Township("445381104", "罗平镇", 128, 62_000, "", ((111.59, 22.64),), 0.12),
    Township("445381105", "船步镇", 129.2, 56_992, "area residents", ((111.60, 22.60), (111.63, 22.57)), 0.13),
    Township("445381106", "䓣塘镇", 84.1, 33_810, "area residents", ((111.70, 22.63),), 0.13),
    Township("445381107", "苹塘镇", 112, 30_000, "", ((111.77, 22.77),), 0.14),
    Township("445381108", "金鸡镇", 122, 32_000, "", ((111.80, 22.71),), 0.14),
    Township("445381109", "围底镇", 84, 36_000, "", ((111.68, 22.71),), 0.15),
    Township("445381110", "华石镇", 92, 30_000, "", ((111.65, 22.78),), 0.13),
    Township("445381111", "榃滨镇", 154.1, 29_386, "area residents", ((111.38, 22.82), (111.31, 22.83)), 0.14, 1.1),
    Township("445381113", "黎少镇", 104, 27_000, "", ((111.46, 22.75), (111.46, 22.79)), 0.13),
    Township("445381114", "生江镇", 60, 16_000, "", ((111.49, 22.71),), 0.14),
    Township("445381115", "连州镇", 125.84, 25_000, "area", ((111.46, 22.67),), 0.14, 1.1),
    Township("445381116", "泗纶镇", 233.8, 45_263, "area residents", ((111.34, 22.68), (111.33, 22.75)), 0.14, 1.1),
    Township("445381118", "加益镇", 84, 14_000, "", ((111.22, 22.70), (111.13, 22.73)), 0.16, 1.18),
    Township("445381119", "龙湾镇", 86, 16_000, "", ((111.27, 22.60),), 0.15, 1.18),
    Township("445381400", "罗平农场", 6, 1_200, "", ((111.635, 22.655),), 0.0),
)  # fmt: skip
FARM = "445381400"  # its residents are taken out of 罗平镇
MOTHER_OF_FARM = "445381104"

# A hand-drawn outline, clockwise from the northern tip; the generator roughens it and fits its area.
OUTLINE_DEG = (
    (111.535, 22.966), (111.582, 22.903), (111.642, 22.867), (111.661, 22.83), (111.703, 22.816), (111.768, 22.812),
    (111.819, 22.776), (111.882, 22.725), (111.828, 22.68), (111.758, 22.644), (111.74, 22.598), (111.684, 22.575),
    (111.647, 22.557), (111.633, 22.521), (111.591, 22.484), (111.526, 22.475), (111.461, 22.454), (111.37, 22.416),
    (111.317, 22.454), (111.317, 22.512), (111.27, 22.562), (111.219, 22.584), (111.196, 22.634), (111.145, 22.675),
    (111.049, 22.735), (111.135, 22.757), (111.219, 22.766), (111.251, 22.821), (111.284, 22.851), (111.368, 22.851),
    (111.433, 22.853), (111.479, 22.898),
)  # fmt: skip

# Rough courses, source first; the generator lets them wind. A tributary ends in the river named before it.
RIVERS_DEG = {
    "泷江": (
        (111.30, 22.47), (111.36, 22.50), (111.415, 22.555), (111.45, 22.60), (111.485, 22.645), (111.50, 22.695),
        (111.522, 22.722), (111.543, 22.741), (111.559, 22.751), (111.571, 22.7615), (111.5725, 22.770),
        (111.5815, 22.777), (111.583, 22.789), (111.596, 22.798), (111.598, 22.809), (111.612, 22.83),
        (111.632, 22.86), (111.635, 22.90),
    ),
    "罗镜河": ((111.452, 22.462), (111.468, 22.495), (111.475, 22.54), (111.45, 22.60)),
    "太平河": ((111.60, 22.49), (111.532, 22.525), (111.51, 22.58), (111.485, 22.645)),
    "榃滨河": (
        (111.245, 22.825), (111.275, 22.85), (111.33, 22.842), (111.375, 22.812), (111.43, 22.835), (111.49, 22.812),
        (111.545, 22.828),
        (111.598, 22.809),
    ),
    # not named in the sources; they drain the eastern half of the county
    "": ((111.83, 22.70), (111.77, 22.725), (111.69, 22.715), (111.65, 22.765), (111.62, 22.80), (111.612, 22.83)),
}  # fmt: skip

# The red-bed basin: low hills and wide valleys along this line, mountains elsewhere.
BASIN_DEG = ((111.45, 22.50), (111.54, 22.55), (111.59, 22.63), (111.58, 22.74), (111.68, 22.71), (111.80, 22.73))


@dataclass(frozen=True)
class Route:
    """A main road through places (township names or degrees)."""

    name: str
    highway: str
    places: tuple[str | Point, ...]


ROUTES = (
    Route("G324国道", "trunk", ((111.79, 22.815), "苹塘", "华石", "素龙", "黎少", "榃滨", (111.255, 22.845))),
    Route("G234国道", "trunk", ((111.53, 22.945), "附城", "双东", "素龙", "围底", "䓣塘", (111.745, 22.595))),
    Route("县道X476", "primary", ("素龙", "罗平", "太平", "罗镜", "分界", (111.315, 22.44))),
    Route("罗平至䓣塘公路（演示）", "secondary", ("罗平", "船步", "䓣塘")),
    Route("素龙至加益公路（演示）", "secondary", ("素龙", "生江", "连州", "泗纶", "加益", (111.09, 22.74))),
    Route("泗纶至分界公路（演示）", "tertiary", ("泗纶", "龙湾", "分界")),
    Route("连州至罗镜公路（演示）", "secondary", ("连州", "罗镜")),
    Route("围底至苹塘公路（演示）", "secondary", ("围底", "金鸡", "苹塘")),
    Route("围底至华石公路（演示）", "tertiary", ("围底", "华石", "双东")),
    Route("罗城至生江公路（演示）", "secondary", ("罗城", "黎少", "生江")),
    Route("榃滨至泗纶公路（演示）", "tertiary", ("榃滨", "泗纶")),
    Route("加益至龙湾公路（演示）", "tertiary", ("加益", "龙湾")),
    Route("船步至太平公路（演示）", "tertiary", ("船步", "太平")),
    Route("罗平农场路（演示）", "tertiary", ("罗平", "罗平农场", "围底")),
    Route("罗城街（演示）", "primary", ("附城", "罗城", "素龙")),
)


@dataclass(frozen=True)
class Motorway:
    """A motorway by its course in degrees; `exits` are the positions (0-1 of its length) of interchanges."""

    name: str
    course: tuple[Point, ...]
    exits: tuple[float, ...]


MOTORWAYS = (
    Motorway(
        "云罗高速",
        ((111.72, 22.83), (111.66, 22.805), (111.60, 22.822), (111.53, 22.835), (111.45, 22.838), (111.38, 22.832),
         (111.30, 22.852)),
        (0.27, 0.78),
    ),
    Motorway(
        "罗信高速",
        ((111.85, 22.81), (111.79, 22.775), (111.74, 22.745), (111.68, 22.697), (111.61, 22.69), (111.565, 22.64), (111.555, 22.57), (111.51, 22.515),
         (111.45, 22.46), (111.42, 22.437)),
        (0.32, 0.49, 0.85),
    ),
    Motorway("怀阳高速", ((111.75, 22.835), (111.745, 22.79), (111.735, 22.70), (111.715, 22.64), (111.70, 22.57)), (0.73,)),
)  # fmt: skip


@dataclass(frozen=True)
class District:
    """A built-up quarter: centre in degrees, radius and block size in metres, bearing of its streets in degrees."""

    name: str
    centre: Point
    radius_m: float
    block_m: float
    bearing: float


CITY = (
    District("旧城", (111.567, 22.768), 1350, 105, 38),
    District("城东", (111.591, 22.774), 1500, 140, 15),
    District("城北", (111.565, 22.787), 1250, 130, 60),
    District("城南", (111.573, 22.751), 1250, 135, 30),
    District("城西", (111.548, 22.767), 1000, 140, 75),
    District("素龙", (111.579, 22.733), 1200, 135, 5),
    District("双东", (111.605, 22.799), 900, 140, 45),
)
CITY_NAMES = ("罗城", "素龙", "附城", "双东")  # short names of the townships that share the city
CITY_AREAS = (0, 1, 2, 3)
NO_VILLAGE_SCHOOL = ("445381001",)

# Known by a public student map (BD-09, converted to WGS-84).
REAL_POINTS = {
    "罗定中学城东学校": (111.594598, 22.773862),
    "罗定第一中学": (111.561907, 22.789624),
    "附城中心小学": (111.567152, 22.783639),
}
# Named in the plan of 2019-06-28 or the usual centre school; but for the real point the places are invented.
CITY_SCHOOLS = (
    ("附城中心小学", REAL_POINTS["附城中心小学"]),
    ("泷州小学", (111.588, 22.778)),
    ("罗定第一小学", (111.566, 22.767)),
    ("素龙平南小学", (111.583, 22.727)),
    ("素龙凤西小学", (111.575, 22.741)),
    ("平南第二小学", (111.587, 22.733)),
    ("素龙街道中心小学", (111.579, 22.735)),
    ("双东街道中心小学", (111.606, 22.799)),
    ("罗城街道中心小学", (111.572, 22.772)),
    ("启明学校（演示）", (111.596, 22.769)),
)
NAMED_JUNIORS = (
    ("罗定中学城东学校", REAL_POINTS["罗定中学城东学校"], "完全中学", "city"),
    ("罗定第一中学", REAL_POINTS["罗定第一中学"], "初级中学", "city"),
    ("罗城初级中学（演示）", (111.565, 22.764), "初级中学", "city"),
    ("启明实验学校（演示）", (111.586, 22.769), "九年一贯制学校", "city"),
    ("素龙第一初级中学（演示）", (111.577, 22.731), "初级中学", "city"),
    ("素龙第二初级中学（演示）", (111.573, 22.749), "初级中学", "city"),
    ("附城中学（演示）", (111.564, 22.793), "初级中学", "city"),
    ("双东中学（演示）", (111.604, 22.801), "初级中学", "city"),
    ("附城新乐中学（演示）", (111.538, 22.882), "初级中学", "village"),
)
NAMED = frozenset(name for name, _ in CITY_SCHOOLS)
PRIVATE = ("启明学校（演示）", "启明实验学校（演示）")
NINE_YEAR = ("金鸡",)
RURAL_JUNIORS = {
    "罗镜": 3, "太平": 2, "分界": 1, "罗平": 3, "船步": 3, "䓣塘": 2, "苹塘": 1, "金鸡": 1, "围底": 2, "华石": 2,
    "榃滨": 1, "黎少": 1, "生江": 1, "连州": 2, "泗纶": 3, "加益": 1, "龙湾": 1,
}  # fmt: skip
# Common field names; a likeness to a real village school is chance.
VILLAGE_NAMES = (
    "龙塘", "石桥", "大坪", "新塘", "竹园", "上围", "水口", "良田", "高岭", "双井", "禾仓", "白石", "木棉", "长岗", "莲塘",
    "沙田", "古榄", "凤山", "黄泥", "松坪", "茶山", "河口", "大塱", "金田", "云坑",
)  # fmt: skip

# Registered births. 2022 and 2023 are facts (county bulletin); the other years are drawn by hand after the
# national and provincial curves so that 2005-2022 fits the 325,487 registered people aged 0-17 of end-2022; those before
# 2006 are there for the pupils of past autumns only.
# The stay share then follows from the census: 257,375 residents of 0-14 to 276,100 births of 2006-2020.
BIRTHS = {
    1999: 19_700, 2000: 19_900, 2001: 19_200, 2002: 18_800, 2003: 18_500, 2004: 18_300, 2005: 18_400,
    2006: 18_400, 2007: 18_400, 2008: 18_500, 2009: 18_300, 2010: 18_200, 2011: 18_500, 2012: 19_400, 2013: 18_400,
    2014: 18_800, 2015: 17_900, 2016: 18_800, 2017: 19_600, 2018: 18_400, 2019: 17_900, 2020: 16_600, 2021: 15_800,
    2022: 15_638, 2023: 11_083, 2024: 11_700,
}  # fmt: skip
STAY_SHARE = 0.93


def children_of_grade(grade: int, year: int = BASE_YEAR) -> float:
    """Children of the county in a grade by age: births of September to August × stay share (STANDARDS 4.1)."""
    born = year - grade - 5
    return STAY_SHARE * (BIRTHS[born - 1] * 4 + BIRTHS[born] * 8) / 12
