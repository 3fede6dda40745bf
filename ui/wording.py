"""Every Japanese string that a person sees in the browser."""

from __future__ import annotations

PRODUCT = "引継ぎ"
ASK, LIBRARY = "質問する", "資料"

WHAT_IT_DOES = "課のマニュアル・FAQ・規程の文言で、出典を添えて答えます。"
NOTICE = "氏名などの個人情報は入力せず、回答する前に必ず根拠を確かめてください。"
QUESTION = "知りたいこと"
QUESTION_HINT = "例: 住民票の写しの手数料はいくらですか"
SEND = "質問する"
NARROW = "課・時点をしぼる"
DEPARTMENTS = "課（選ばなければすべて）"
AS_OF = "いつの時点か"
EXAMPLES = "質問の例"
EXAMPLES_OF = "例を見る課"
CHECKING = "資料の文言を確かめています…"
SOURCES = "見つかった資料"
ANSWER = "答え"
EVIDENCE = "根拠"
HISTORY = "これまでの質問（この画面だけに残ります）"
WHY = "なぜこの答えか"
WHY_TEXT = "質問の言葉の一致と意味の近さから、資料の箇所を選んでいます。棒が長いほど近い箇所です。"
WORDS, MEANING = "言葉の一致", "意味の近さ"
COPY = "出典付きで写す"
COPY_NOTE = "（AI検索の支援により作成。根拠を確認のうえ使用してください。）"
OPEN = "この箇所を開く"
CLOSE = "閉じる"
NOT_FOUND = "この質問に答える記載は、資料に見当たりません。"
NEAREST = "近い箇所"
NO_HITS = "条件に合う資料がありません。課や時点の指定を変えてお試しください。"
MARKED_PAGE = "{page}頁の画像。引用した箇所に黄色の印があります。"
UNMARKED_PAGE = "{page}頁の画像。引用した箇所の位置は、この頁の画像では示せません。"
NO_PAGE_IMAGE = "頁の画像を表示できません。原本を開いて確かめてください。"
ORIGINAL = "原本を保存する"
QUOTED = "引用した箇所"

LABELS = {
    "stated": ("●", "資料に明記"),
    "inferred": ("◐", "資料から推定"),
    "none": ("○", "資料に見当たらない"),
}
LABEL_ADVICE = {
    "stated": "質問に答える記載が資料にあります。",
    "inferred": "関係する記載です。質問の条件と合うかを、根拠で確かめてください。",
}

STATES = {"valid": "● 有効", "future": "◔ 施行前", "expired": "○ 失効", "old": "○ 旧版"}
COLUMNS = {
    "state": "状態",
    "department": "所管課",
    "title": "題名",
    "format": "形式",
    "start": "施行日",
    "end": "廃止日",
    "pages": "頁",
    "chunks": "箇所",
    "sensitivity": "機密性",
    "warnings": "注意",
    "path": "ファイル",
}
LIBRARY_SUMMARY = "{documents}件の資料、{chunks:,}か所を検索できます。"
LIBRARY_EDITION = "公開中の版: {edition}（{published}公開）"
REFUSED = "取り込めなかったファイル（{count}件）"
FILTER_TEXT, FILTER_STATE = "題名・ファイル名でしぼる", "状態"
WARNINGS_OF = "注意のある資料"
NOTHING_SHOWN = "条件に合う資料がありません。"

UNEXPECTED = "画面を表示できませんでした。"
UNEXPECTED_REMEDY = "ページを読み込み直しても続くときは、情報システムの担当者に時刻を添えて知らせてください。"


def ask_department(contact: str | None) -> str:
    """Whom to ask when the documents do not say it."""
    return f"{contact or '担当課'}にお尋ねください。"
