"""Lessons and shared sessions, told."""

from typing import Final

SENTENCES: Final = {
    "lesson_ops.timetable.published.v1": ("{subject} 课表发布", "The timetable of {subject} was published"),
    "lesson_ops.lesson.started.v1": (
        "{subject} 第 {period} 节 {course} 上课",
        "{subject} began period {period}, {course}",
    ),
    "lesson_ops.lesson.ended.v1": ("{subject} 第 {period} 节下课", "{subject} ended period {period}"),
    "lesson_ops.lesson.cancelled.v1": (
        "{subject} 第 {period} 节取消[：{reason}]",
        "Period {period} of {subject} was cancelled[: {reason}]",
    ),
    "lesson_ops.lesson.substituted.v1": (
        "{subject} 第 {period} 节由 {teacher_ref} 代课",
        "{teacher_ref} takes period {period} of {subject}",
    ),
    "lesson_ops.session.scheduled.v1": (
        "{subject} 预定专递课堂 {course}，{planned_start_ms}–{planned_end_ms}",
        "{subject} is to join {course}, {planned_start_ms}–{planned_end_ms}",
    ),
    "lesson_ops.session.started.v1": ("{subject} 课堂 {session_id} 开始", "{subject} began session {session_id}"),
    "lesson_ops.session.quality.v1": ("{subject} 画质评分 {mos}", "{subject}: picture scored {mos}"),
    "lesson_ops.session.ended.v1": (
        "{subject} 课堂 {session_id} 结束[：{outcome}]",
        "{subject} ended session {session_id}[: {outcome}]",
    ),
    "lesson_ops.debrief.filed.v1": ("课堂 {session_id} 已提交复盘", "The debrief of {session_id} was filed"),
    "lesson_ops.visit.planned.v1": (
        "走教 {visit_id}：{teacher_ref} 应于 {due_ms} 到",
        "{teacher_ref} is due at {due_ms} for {visit_id}",
    ),
    "lesson_ops.teacher.checked_in.v1": ("走教教师 {teacher_ref} 已签到", "{teacher_ref} checked in"),
}
