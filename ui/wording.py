"""Every Japanese string that a person sees in the browser."""

from __future__ import annotations

PRODUCT = "引継ぎ"
ASK, LIBRARY, EVALUATION = "質問する", "資料", "評価"

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
ASKED_BACK = "どの場合かによって、資料の記載が違います。"
OPEN_LATER, OPEN_EARLIER = "改正後の箇所を開く", "改正前の箇所を開く"
ASK_AGAIN_TODAY, ASK_AGAIN_FOR = "今日（{day}）の時点で調べ直す", "{day}の時点で調べ直す"
HISTORY = "これまでの質問（この画面だけに残ります）"
WHY = "なぜこの答えか"
WHY_TEXT = "質問の言葉の一致と意味の近さから、資料の箇所を選んでいます。棒が長いほど近い箇所です。"
WORDS, MEANING = "言葉の一致", "意味の近さ"
STRUCK = "資料で確認できないため、答えから外した文"
GENERATED = "言語モデルが資料をもとに書き、資料と照らし合わせた文です。"
COPY = "出典付きで写す"
COPY_NOTE = "（AI検索の支援により作成。根拠を確認のうえ使用してください。）"
WRITING = "言語モデルが文を書いています。資料と照らし合わせた文から表示します…"
CHECKED = "資料と照らし合わせた文: {count}"
DRAFTS = "この回答から案を作る"
DRAFTS_NOTE = "言語モデルが書き、一文ずつ資料と照らし合わせます。確かめられない文は案に入りません。"
DRAFTED = "言語モデルが書き、資料と照らし合わせた文です。根拠を確かめてから使ってください。"
STRUCK_DRAFT = "資料で確認できないため、案から外した文（{count}）"
SAVE_DRAFT = "案をテキストで保存する"
SAVE_EXAMPLE, SAVE = "質問例として保存", "保存する"
EXAMPLE_NOTE = "最初の画面の「{department}」の質問の例に加わり、ほかの職員にも見えます。個人情報と判定した箇所は、次のように伏せて保存します。"
EXAMPLE_PURPOSE = "どんなときに使う質問か（なくてもよい）"
EXAMPLE_SAVED = "質問例として保存しました。"
EXAMPLE_THERE = "同じ質問が、既に保存されています。"
EXAMPLE_NOT_FOR_ALL = "見られる人が限られた資料による回答のため、質問例には保存できません。"
SAVED_EXAMPLES = "職員が保存した質問"
MORE_EXAMPLES = "ほか{count}件は、python -m rag library list で見られます。"
OPEN = "この箇所を開く"
CLOSE = "閉じる"
NOT_FOUND = "この質問に答える記載は、資料に見当たりません。"
NEAREST = "質問に近い箇所は、下の「見つかった資料」のとおりです。"
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
# The name of each column and its width in pixels; what is looked for most stands first, within a window of 1280.
COLUMNS = {
    "state": ("状態", 80),
    "title": ("題名", 360),
    "department": ("所管課", 110),
    "start": ("施行日", 100),
    "end": ("廃止日", 100),
    "warnings": ("注意", 56),
    "format": ("形式", 96),
    "pages": ("頁", 50),
    "chunks": ("箇所", 60),
    "sensitivity": ("機密性", 70),
    "path": ("ファイル", 360),
}
FORMATS = {
    "pdf": "PDF",
    "docx": "Word",
    "xlsx": "Excel",
    "pptx": "PowerPoint",
    "csv": "CSV",
    "html": "HTML",
    "markdown": "Markdown",
    "text": "テキスト",
}
LIBRARY_SUMMARY = "{documents}件の資料、{chunks:,}か所を検索できます。"
LIBRARY_EDITION = "公開中の版: {edition}（{published}公開）"
REFUSED = "取り込めなかったファイル（{count}件）"
FAULTS = "改正前の資料の書き方を確かめてください（{count}件）"
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

STOPPED = "公開しませんでした。評価セット{cases}問のうち{worse}問の答えが悪くなります。"
STOPPED_REMEDY = (
    "資料を直して、もう一度公開してください。承知の上で公開するときは、理由を書いてください（履歴に残ります）。"
)
REPLIES_CHANGE = "評価セット{cases}問のうち、答えが変わるのは次の{count}問です。"
NO_REPLY_CHANGES = "評価セット{cases}問の答えは、どれも変わりません。"
ACCEPTED = "この版では、評価セットの答えが悪くなります。{user}さんが公開を求めた理由: {reason}"
EFFECT_COLUMNS = ("", "質問", "今の答え", "公開後の答え")
BETTER = {-1: "× 悪くなる", 0: "変わる", 1: "○ 良くなる"}
MORE_REPLIES = "ほか{count}問の答えが変わります。"
ACCEPT_REASON, ACCEPT = "公開する理由", "それでも公開する"

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
NO_FILE_CHANGED = "ファイルの変更なし"
CHANGES = {"added": "追加", "changed": "変更", "moved": "移動", "removed": "削除"}
ROLLBACK_TO, ROLLBACK = "戻す先の版", "この版に戻す"
ROLLED_BACK = "版 {edition} に戻しました。資料フォルダを直さずに取り込むと、戻す前と同じ内容がまた公開されます。"
WAITING = "公開を待っている版があります（{author}さんが{made}に取り込み、{changes}）。"
WAITING_REMEDY = "取り込んだ人とは別の人が、内容を確かめて公開します。公開するまでは、今の版で答えます。"
LOOK_AT_EFFECT = "公開すると答えがどう変わるかを見る"
APPROVE = "確認したので公開する"
APPROVED = "版 {edition} を公開しました。"

EVALUATION_LEAD = "正しい答えの分かっている問いを尋ねて、どれだけ正しく答えられるかを測ります。"
MEASURE_HEADING = "測る"
SET, HALF, MEASURE = "評価セット", "問い", "測定する"
HALVES: dict[str | None, str] = {None: "すべて", "dev": "調整用の半分", "test": "確認用の半分"}
SETS_NOTE = "自分の課の評価セット（*.jsonl）は {folder} に置きます。書き方は docs/eval-format.md にあります。"
NO_SETS = "評価セットがありません。{folder} に置いてください。書き方は docs/eval-format.md にあります。"
SET_FROM_TABLE = "Excel・CSV の問いから評価セットを作る"
SET_COLUMNS = "一行に一つの問いを書きます。列の名前: 質問、資料、引用、正答に含む語、時点、所管課、種別、回答可（答えのない問いは「不可」）。"
SET_FILE = "問いを書いたファイル（Excel・CSV）"
SET_READ = "{cases}問を読み取りました（うち答えのない問い {unanswerable}問）。"
SET_UNUSED = "使わなかったもの: {names}"
SET_FINDINGS = "公開中の資料と突き合わせた結果: 誤り {errors}件、注意 {warnings}件"
SEVERITIES = {"error": "× 誤り", "warning": "△ 注意"}
FINDING_COLUMNS = ("", "番号", "内容")
MORE_FINDINGS = "ほか{count}件は、python -m eval lint で見られます。"
SET_NAME, SET_KEEP = "評価セットの名前", "評価セットとして保存する"
SET_REPLACE = "{name} は既にあります。置き換える"
SET_NAME_TAKEN = "「{name}」は、製品に付いている評価セットの名前です。別の名前を付けてください。"
SET_NOT_KEPT = "評価セットを保存できませんでした。{folder} の空き容量と書き込みの権限を、情報システムの担当者に確かめてもらい、もう一度押してください。"
SET_KEPT = "{name} を保存しました。上で選んで測れます。"
MEASURING = "測定中"
STOPPED_RUN, GO_ON = "途中で止まった測定です。{all}問のうち、初めの{asked}問だけの数値です。", "残りの{left}問を測る"
RUNNING_RUN = "測定中です。{all}問のうち、初めの{asked}問だけの数値です。終わってから開き直してください。"
PARTLY, PARTLY_YET = "{asked}/{all}（途中）", "{asked}/{all}（測定中）"
RUNS, RUNS_HINT = "測定の記録", "行の左端を一つ選ぶとその内容を、二つ選ぶと違いを見られます。（　）の中は95%区間です。"
TWO_AT_MOST = "比べられるのは二つまでです。新しい方から二つを比べます。"
RUN_COLUMNS = {
    "when": "測った日時",
    "set": "評価セット",
    "cases": "問い",
    "answered": "回答率",
    "wrong": "誤答率",
    "found": "根拠が5件目まで",
    "stale": "失効の引用",
    "edition": "版",
}
RUN_HEADING = "{set}（{day} 時点）"
RUN_COUNTS = "{cases}問のうち、回答{answered}（正答{correct}、誤答{wrong}）、控え{abstained}"
IN_WORDS = {
    "answer_rate": "資料に答えのある問いには、100問あたり{value}問に答えます（{low}〜{high}問）。",
    "wrong_rate": "答えたもののうち、100件あたり{value}件が誤りです（{low}〜{high}件）。",
    "refusal_recall": "資料に答えのない問いでは、100問あたり{value}問で答えを控えます（{low}〜{high}問）。",
    "source_hit@5": "根拠の資料は、100問あたり{value}問で、見つかった資料の5件目までに入ります（{low}〜{high}問）。",
}
INTERVAL_NOTE = "（　）の中は、問いの数が限られることによる値の幅です（95%区間）。問いが多いほど狭くなります。"
MORE_FIGURES = "すべての数値と、問い方ごとの内訳"
FIGURE_COLUMNS = ("", "値", "95%区間")
CURVE_NOTE = "確かなものから順に答えたときの、回答する割合と、その中の誤答率です。"
STYLE, CASES = "問い方", "問い"
WORST = "うまくいかなかった問い（{count}問）"
NONE_WORST = "ありません。"
WORST_COLUMNS = ("結果", "質問", "答え", "正しい答えに含まれること", "根拠の資料")
MORE_WORST = "ほか{count}問は、表（CSV）で見られます。"
SAVE_REPORT, SAVE_REPLIES = "報告書を保存する（HTML）", "全問を表で保存する（CSV）"
COMPARISON = "二つの測定の違い"
COMPARED_RUNS = "前: {before}　→　後: {after}"
COMPARED = "同じ{cases}問のうち、良くなったもの{better}問、悪くなったもの{worse}問"
NO_CHANGE = "どの問いの結果も変わっていません。"
CHANCE = "この差は、偶然でも起こり得る大きさです（マクネマー検定、5%）。"
NO_CHANCE = "この差は、偶然とは考えにくい大きさです（マクネマー検定、5%）。"
MORE_FIGURES_COMPARED = "数値の違い"
DIFFERENCE_COLUMNS = ("", "前", "後", "差（ポイント、95%区間）")
DIFFERENCE_NOTE = "差の区間が0をまたぐものは、偶然でも起こり得る差です。"
GOT_WORSE, GOT_BETTER = "悪くなった問い", "良くなった問い"
CHANGE_COLUMNS = ("質問", "前", "後")
SAVE_COMPARISON, SAVE_CHANGES = "比較の報告書を保存する（HTML）", "変わった問いを表で保存する（CSV）"
DIAL = "誤答率のダイヤル"
RULE_OWN = "この市の評価セットで決めた基準で、答えるか控えるかを決めています。"
RULE_SHIPPED = "製品の標準の基準で、答えるか控えるかを決めています。"
NO_CALIBRATION = (
    "自分の課の評価セットで基準を決めるには、python -m eval calibrate 評価セット --max-wrong 0.05 を実行してください。"
)
CALIBRATED_ON = "測定: {name}（{made:%Y年%-m月%-d日}）"
WISH = "回答したもののうち、誤りとして許す割合"
NOT_PROVEN = "この評価セットでは、誤りとして許す割合を{wish:.0%}にできると示せません（95%の確かさ）。"
PROVEN_FROM = "示せるのは{wish:.0%}からです。つまみを右へ動かすか、評価セットの問いを増やしてください。"
NEVER_PROVEN = "評価セットの問いを増やすか、資料を整えてから、もう一度測ってください。"
PROMISED = (
    "この割合では、問いの約{rate:.0%}に答えます。確かめに使った{questions}問では、{answered}問に答え、誤りは{wrong}問でした"
    "（誤答率 {wrong_rate:.1%}、95%区間 {low:.1%}〜{high:.1%}、許す割合 {wish:.0%}）。"
)
DIAL_NOTE = "実線は誤答率、点線はその上限（95%の確かさ）、赤い横線は許す割合、緑の破線はここで選ばれる回答の割合です。"
ADOPT = "この基準で答えるようにする"
IN_FORCE = "今は、この割合の基準で答えています。"
ADOPT_NOTE = "押すと、すべての職員への回答がこの基準になります。前の基準の記録と証明書は残ります。"
ADOPTED = "誤りとして許す割合を{wish:.0%}にしました。次の質問から、この基準で答えます。"
SAVE_CERTIFICATE = "精度証明書を保存する（HTML）"

NOT_WRITTEN = "資料フォルダに書き込めません。空き容量と権限を確かめてください。"

UNEXPECTED = "画面を表示できませんでした。"
UNEXPECTED_REMEDY = "ページを読み込み直しても続くときは、情報システムの担当者に時刻を添えて知らせてください。"


def ask_department(contact: str | None) -> str:
    """Whom to ask when the documents do not say it."""
    return f"{contact or '担当課'}にお尋ねください。"
