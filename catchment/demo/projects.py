"""Possible projects: the eleven that the plan of 2019 names, and some invented ones."""

import numpy as np
import pandas as pd

from catchment.demo.parcels import PARCEL_OF

COLUMNS = ["name", "stage", "kind", "school", "place", "seats", "cost", "earliest", "after", "named", "remarks"]
NEW, MOVED, MORE = "新建", "迁建", "扩建"
DEMO = "学位数、投资为演示值"
# name, stage, kind, school, place, seats, 万元, earliest year, after, named in the plan, remarks
PROJECTS: tuple[tuple[object, ...], ...] = (
    ("罗定中学城东学校综合办公大楼", "初中", MORE, "罗定中学城东学校", None, 0, 4200, 2026, "", "是", "不增加学位；投资为演示值"),
    ("泷州小学二期工程", "小学", MORE, "泷州小学", None, 810, 2430, 2026, "", "是", DEMO),
    ("罗定第一小学二期工程", "小学", MORE, "罗定第一小学", None, 540, 1730, 2026, "", "是", DEMO),
    ("扩建素龙平南小学", "小学", MORE, "素龙平南小学", None, 540, 1620, 2026, "", "是", DEMO),
    ("扩建附城中心小学", "小学", MORE, "附城中心小学", None, 675, 2030, 2026, "", "是", DEMO),
    ("扩建素龙凤西小学", "小学", MORE, "素龙凤西小学", None, 540, 1570, 2027, "", "是", DEMO),
    ("迁建平南第二小学", "小学", MOVED, "平南第二小学", (111.5905, 22.7385), 1620, 8100, 2027, "", "是", DEMO),
    ("新建罗定第二小学", "小学", NEW, None, (111.5985, 22.7655), 2700, 13500, 2027, "", "是",
     "2,700 个学位见公开报道；超过小学 2,000 人上限；投资、位置为演示值"),
    ("新建罗定第三小学", "小学", NEW, None, (111.5545, 22.7745), 1620, 8100, 2028, "", "是", DEMO),
    ("新建罗定市培献中学", "初中", NEW, None, (111.5765, 22.7255), 2000, 10000, 2028, "", "是", DEMO),
    ("罗定市泷州新城教育项目", "小学", NEW, None, (111.5795, 22.7535), 1980, 9900, 2029, "", "是", DEMO),
    ("罗定第三小学二期（演示）", "小学", NEW, None, (111.5545, 22.7745), 360, 1080, 2029, "新建罗定第三小学", "否", "演示：在一期校园内加建，须在一期之后"),
    ("扩建双东街道中心小学（演示）", "小学", MORE, "双东街道中心小学", None, 360, 1010, 2026, "", "否", "演示"),
    ("扩建罗镜镇中心小学（演示）", "小学", MORE, "罗镜镇中心小学", None, 450, 1260, 2027, "", "否", "演示"),
    ("扩建太平镇中心小学（演示）", "小学", MORE, "太平镇中心小学", None, 360, 970, 2027, "", "否", "演示"),
    ("扩建罗平镇中心小学（演示）", "小学", MORE, "罗平镇中心小学", None, 450, 1220, 2028, "", "否", "演示"),
    ("扩建围底镇第一初级中学（演示）", "初中", MORE, "围底镇第一初级中学", None, 300, 960, 2026, "", "否", "演示"),
    ("扩建罗镜镇第一初级中学（演示）", "初中", MORE, "罗镜镇第一初级中学", None, 450, 1440, 2027, "", "否", "演示"),
    ("扩建罗定第一中学（演示）", "初中", MORE, "罗定第一中学", None, 400, 1400, 2026, "", "否", "演示"),
    ("新建城西初级中学（演示）", "初中", NEW, None, (111.5475, 22.7655), 1200, 6000, 2028, "", "否", "演示"),
    ("扩建船步镇第一初级中学（演示）", "初中", MORE, "船步镇第一初级中学", None, 300, 930, 2028, "", "否", "演示"),
)  # fmt: skip


def make_projects(schools: pd.DataFrame) -> pd.DataFrame:
    """The projects with ids, school codes and degrees; an extension stands where its school stands."""
    rows = pd.DataFrame(PROJECTS, columns=COLUMNS)
    rows["id"] = [f"P{number:02d}" for number in range(1, len(rows) + 1)]
    ids = dict(zip(rows["name"], rows["id"], strict=True))
    rows["after"] = [ids[name] if name else "" for name in rows["after"]]
    schools = schools.set_index(["name", "stage"])
    extends = rows["school"].notna().to_numpy()
    own = schools.loc[list(zip(rows["school"][extends], rows["stage"][extends], strict=True))]
    rows["school_id"] = ""
    rows.loc[extends, "school_id"] = own["school_id"].to_numpy()
    given = rows["place"].notna().to_numpy()
    lonlat = np.zeros((len(rows), 2))
    lonlat[extends] = own[["lon", "lat"]].to_numpy()
    lonlat[given] = np.array(rows["place"][given].tolist())
    return rows.assign(lon=lonlat[:, 0], lat=lonlat[:, 1], parcel=rows["id"].map(PARCEL_OF).fillna(""))
