"""What study.toml of the demonstration says."""

from catchment.demo import facts
from catchment.demo.admission import SEED_TEXT

STUDY = f"""\
# 罗定市义务教育学位研究（演示）。Demonstration study of Luoding: not for decisions.
# 数据来源见 data/raw/SOURCES.toml。What is fact and what is invented: data/raw/SOURCES.toml.

rules = "luoding_2019"  # 规则集 / rule set
rules_beside = ["national_2017"]  # 并列比较的规则集 / asked too: both verdicts where they differ
reliefs = []  # 启用的宽限条款，默认全不启用 / relief clauses in force

[study]
name = "罗定市"
name_en = "Luoding"
crs = "{facts.CRS}"  # CGCS2000 三度带，中央经线 111°E，米 / metres
base_year = {facts.BASE_YEAR}  # 最近一次班级统计的秋季 / autumn of the latest class return
horizon_years = 15  # 预测年数 / forecast years
language = "zh"
seed = SEED
extent_deg = [111.052222, 22.419722, 111.878889, 22.959444]  # 西南东北 / west, south, east, north
demonstration = true  # 演示：每张图、每份报告都会注明 / every map and report says so
map_review_number = ""  # 审图号；空 = 「送审稿」

# 常住人口（2020 年普查口径）栅格，每格人数 / residents of the 2020 census, people per cell
[[sources.population]]
path = "data/raw/population_0_14.tif"
year = 2020
age_from = 0
age_to = 14

[[sources.population]]
path = "data/raw/population_15_59.tif"
year = 2020
age_from = 15
age_to = 59

[[sources.population]]
path = "data/raw/population_60_plus.tif"
year = 2020
age_from = 60

[sources.roads]
path = "data/raw/roads.parquet"
datum = "projected"

[sources.schools]
path = "data/raw/schools.xlsx"
datum = "wgs84"  # 经纬度坐标系 / datum of 经度 and 纬度

[sources.classes]
path = "data/raw/classes.xlsx"

[sources.areas]
path = "data/raw/areas.geojson"

[sources.births]
path = "data/raw/births.csv"
basis = "registered"  # 户籍出生 / registered births

# 历年分年级在校生（不含 base_year，由班级统计给出） / pupils of past autumns; those of base_year are in the class list
[sources.enrolment]
path = "data/raw/enrolment.csv"

# 已登记、即将入学的儿童：幼儿园大班 / children counted before they enter: kindergarten top classes
[sources.entrants]
path = "data/raw/entrants.csv"

[sources.housing]
path = "data/raw/housing.csv"

# 办学条件、县级比例（均为虚构） / what schools have, and rates: invented
[sources.resources]
path = "data/raw/resources.xlsx"

[sources.rates]
path = "data/raw/rates.csv"

# 学生居住片区、城区小学招生计划与报名（均为虚构） / where pupils live, places and applications in the city: invented
[sources.residence]
path = "data/raw/residence.csv"

[sources.places]
path = "data/raw/places.csv"

[sources.applicants]
path = "data/raw/applicants.csv"

[sources.projects]
path = "data/raw/projects.xlsx"
datum = "wgs84"

# 备选地块及其周边（均为虚构） / land offered, and what stands around it: invented
[sources.parcels]
path = "data/raw/parcels.geojson"

# complete：图层已包含全部对象的类别；未列出的类别只会是“未知” / kinds of which the layer holds every object; others are never passed
[[sources.surroundings]]
path = "data/raw/surroundings.geojson"
complete = [
  "railway", "power_line", "pipeline", "petrol_station", "market", "mortuary", "explosives", "entertainment", "substation",
  "gas_regulator", "waste_station", "detention_house", "hazard", "pollution", "water_protection", "farmland", "red_line",
]

# 现行招生片区（虚构）：新片区尽量少动 / zones in force: invented; new ones keep to them where they can
[sources.present_zones]
path = "data/raw/present_zones.geojson"

[sources.water]
path = "data/raw/water.geojson"

# 门牌（虚构），用于片区文字 / house numbers for the words of zones: invented
[sources.addresses]
path = "data/raw/addresses.csv"

[network]
cell_snap_m = 1000  # 居民点到最近道路的最大直线距离 / people farther from a road are unreachable
school_snap_m = 300
reach_m = 15000  # 走读生不安排更远的学校 / no day pupil is sent farther
nearest = 5

# 初中：走读距离以外可寄宿，按车程到有寄宿条件的学校 / beyond day reach, juniors board where schools take boarders
[network.travel.junior]
boarding_mode = "bus"
boarding_reach_m = 60000

# 小学走读生尽量不跨越主干路：每过一次按多走 300 米计 / a primary day pupil's crossing of a main road counts as 300 m
[[network.barriers]]
stages = ["primary"]
classes = ["trunk", "trunk_link", "primary", "primary_link"]
penalty_m = 300

[units]
side_m = 300  # 规划单元边长 / side of a planning unit

# 片区相对稳定：一名儿童换片区，按多走 2 公里计 / zones stay as they are: a child that changes zone counts as 2 km
[zones]
moved_m = 2000

[demand]
stay_share = {facts.STAY_SHARE}  # 户籍出生儿童在本地居住就读的比例（按普查推算） / registered births that live here (from the census)
fit_to_enrolment = true  # 在校各届儿童按班级统计校正 / cohorts in school are fitted to the class return

# 升级率：g 年级人数 ÷ 上年 g−1 年级人数 / pupils of grade g per pupil of grade g − 1 a year before
[forecast.progression]
2 = 1.0
3 = 1.0
4 = 0.998
5 = 0.998
6 = 0.997
7 = 0.985  # 小升初外流 / some leave for junior school elsewhere
8 = 0.995
9 = 0.99

# 每套入住住房的学生数（虚构；全市户均约小学 0.34、初中 0.17） / pupils per dwelling lived in: invented (county mean 0.34 and 0.17)
[forecast.housing.yields]
commodity = {{primary = 0.25, junior = 0.10}}  # 商品房
resettlement = {{primary = 0.34, junior = 0.17}}  # 安置房

# 情景：最后已知年份之后出生人数的年变化 / scenarios: yearly change of births after the last known year
[forecast.birth_change_per_year]
low = -0.06
medium = -0.03
high = 0.0

# 优质高中指标到校（学校与数字均为虚构） / places of senior schools: the schools and their numbers are invented
[quota]
tilt = {{rural = 1.2, town = 1.1}}  # 向农村初中倾斜 / tilted to rural junior schools
least = 5

[[quota.senior]]
name = "示范高中甲（演示）"
plan = 1200
places = 620

[[quota.senior]]
name = "示范高中乙（演示）"
plan = 900

# 学区：网络距离就近组建，3—8 校，每个学区至少一所优质学校（名单为虚构） / school clusters; the list of strong schools is invented
[clusters]
reach_m = 20000  # 到牵头学校的最大网络距离 / farthest from the lead school
strong = [
  "2144381001", "2144381002", "2144381003", "2144381007", "2144381008", "2144381009", "2144381040", "2144381049",
  "2144381056", "2144381060", "2144381068", "2144381076", "2144381081", "2144381085", "2144381090", "2144381095",
  "2144381099", "2144381103", "2144381107", "2144381110", "2144381114", "2144381120", "2144381123", "2144381158",
  "2144381159", "2144381160", "2144381162", "2144381163", "2144381164", "2144381165",
]

# 随机派位的公开种子文字（虚构） / the published text that lots are drawn from: invented
[admission]
seed_text = "{SEED_TEXT}"

[plan]
first_year = 2026
years = 5
budget_yuan = [80_000_000, 90_000_000, 90_000_000, 75_000_000, 60_000_000]  # 各年预算，元 / yearly budgets in yuan
"""
