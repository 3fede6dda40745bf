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
EVIDENCE = "根拠"
CARRIED = "前の質問の続きとして調べました：{carried}"
HISTORY = "これまでの質問（この画面だけに残ります）"
WHY = "なぜこの答えか"
WHY_TEXT = "質問の言葉の一致と意味の近さから、資料の箇所を選んでいます。棒が長いほど近い箇所です。"
WORDS, MEANING = "言葉の一致", "意味の近さ"
STRUCK = "資料で確認できないため、答えから外した文"
GENERATED = "言語モデルが資料をもとに書き、資料と照らし合わせた文です。"
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
OCR = "文字認識（OCR）で読み取った文です。数字や氏名は、原本で確かめてください。"

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

DETAILS_HINT = "行の左端を選ぶと、その資料の内容・原本・新旧の違いを見られます。"
SAME_FILES = "同じ内容の資料: {paths}"
EARLIER = "改正前の資料: {path}"
NO_EARLIER = "改正前の資料は、この画面では見られません。"
DIFFERENCE = "新旧の違いを見る"
DIFFERENCES = "違う段落 {different}、同じ段落 {same}"
MORE_DIFFERENCES = "ほか{count}の違いは、python -m ingest diff で見られます。"
OLD, NEW = "【旧】", "【新】"
REMOVE, REMOVE_SURE = "この資料を外す", "外して公開する"
REMOVE_NOTE = "外した資料は答えに使われなくなります。ファイルは {folder} に残ります。"

ADD = "資料を加える・差し替える"
ADD_FILES = "ファイル（PDF・Word・Excel・PowerPoint・CSV・HTML・Markdown・テキスト）"
ADD_DEPARTMENT, NEW_DEPARTMENT = "所管課", "新しい課の名前"
OTHER_DEPARTMENT = "（新しい課）"
TITLE, VALID_FROM, VALID_UNTIL = "題名（空欄ならファイル名）", "施行日（なければ空欄）", "廃止日（なければ空欄）"
SUPERSEDES, NOTHING_SUPERSEDED = "この資料で改正される前の資料", "（なし）"
SENSITIVITY, AUDIENCE, CONTACT = "機密性", "公開範囲（空欄なら全庁）", "担当（内線）"
REPLACE_OLD = "同じ名前の資料を差し替える"
PUBLISH = "この内容で公開する"
PREVIEWING = "読み取っています…"
PREVIEW = "読み取った結果（{count}か所）"
PREVIEW_MORE = "ほか{count}か所は、公開してから見られます。"
FROM_PLACE = "何か所目から見るか"
SUGGESTED_TITLE = "本文から読み取れる題名: {title}"
UPLOAD_TOO_LARGE = "ファイルが大きすぎます（{size:.0f} MB）。200 MB までに分けてください。"
PUBLISHED = "公開しました。{added}件を追加、{changed}件を変更、{removed}件を削除しました。"
PUBLISHED_WAITING = "取り込みました。別の人の確認を待って公開されます。"
NOTHING_NEW = "変わったところはありません。"
SYNC = "資料フォルダの変更を取り込む"
SYNC_NOTE = "資料フォルダ（{folder}）に直接置いたファイルを取り込みます。"

HISTORY_OF = "公開の履歴と、前の版に戻す"
EDITION_STATES = {"current": "● 公開中", "waiting": "◔ 公開待ち", "kept": "○ 以前の版", "unapproved": "× 未承認"}
EDITION_COLUMNS = {
    "state": "状態",
    "made": "取り込み",
    "author": "取り込んだ人",
    "documents": "資料",
    "chunks": "箇所",
    "changes": "変更",
    "edition": "版",
}
CHANGES = {"added": "追加", "changed": "変更", "moved": "移動", "removed": "削除"}
ROLLBACK_TO, ROLLBACK = "戻す先の版", "この版に戻す"
ROLLED_BACK = "版 {edition} に戻しました。資料フォルダを直さずに取り込むと、戻す前と同じ内容がまた公開されます。"
APPROVE = "確認したので公開する"
APPROVED = "版 {edition} を公開しました。"

NOT_WRITTEN = "資料フォルダに書き込めません。空き容量と権限を確かめてください。"

UNEXPECTED = "画面を表示できませんでした。"
UNEXPECTED_REMEDY = "ページを読み込み直しても続くときは、情報システムの担当者に時刻を添えて知らせてください。"


def ask_department(contact: str | None) -> str:
    """Whom to ask when the documents do not say it."""
    return f"{contact or '担当課'}にお尋ねください。"
