// Streamlit names its own controls in English, for the eye in menus and for screen readers in labels. This gives them
// Japanese names. Whole phrases only, and never inside of what a document, a question or a file says.
(() => {
  if (window.hikitsugiJapanese) return;
  window.hikitsugiJapanese = true;
  document.documentElement.lang = "ja";
  const PHRASES = {
    "Skip to main content": "本文へ移る", "App pages": "画面の選択", "Sidebar": "画面の選択",
    "Expand sidebar": "メニューを開く", "Collapse sidebar": "メニューを閉じる", "Main menu": "メニュー",
    "Open": "選択肢を開く", "Choose an option": "選んでください", "Choose options": "選んでください", "Dismiss": "閉じる",
    "Select all": "すべて選ぶ", "Clear all": "すべて外す", "Clear value": "消す", "No results": "該当なし",
    "Choose date": "日付を選ぶ", "Previous month": "前の月", "Next month": "次の月", "Previous": "前の月", "Next": "次の月",
    "yyyy": "年", "mm": "月", "dd": "日", "Empty": "空欄",
    "Use arrow keys to navigate dates. Enter to select. Escape to close.": "矢印キーで日を移り、Enter で選び、Esc で閉じます。",
    "All selected options have been cleared.": "すべて外しました。",
    "Copy to clipboard": "クリップボードに写す", "Copied": "写しました",
    "Fullscreen": "大きく表示する", "Close fullscreen": "元の大きさに戻す",
    "Upload": "ファイルを選ぶ", "file upload": "ファイルを選ぶ", "Add files": "ファイルを加える",
    "Show/hide columns": "列を選ぶ", "Download as CSV": "表を保存する（CSV）", "Search": "表の中を探す", "Clear selection": "選択をやめる",
    "Sort ascending": "小さい順に並べる", "Sort descending": "大きい順に並べる", "Statistics": "値の内訳", "Autosize": "幅を合わせる",
    "Pin column": "列を固定する", "Unpin column": "固定をやめる", "Hide column": "列を隠す", "Format": "表し方",
    "Connection error": "つながりません", "Running...": "処理しています…", "Stop": "止める", "Close": "閉じる",
    "Increment": "増やす", "Decrement": "減らす",
  };
  const PATTERNS = [
    [/^year, (.*)$/s, "$1（年）"], [/^month, (.*)$/s, "$1（月）"], [/^day, (.*)$/s, "$1（日）"],
    [/^Choose date, (.*)$/s, "日付を選ぶ、$1"],
    [/^Selected Date: (.*)$/s, (_, day) => isNaN(Date.parse(day)) ? day : `選んだ日: ${new Date(day).toLocaleDateString("ja-JP")}`],
    [/^(\d+) options? available\.$/, "候補は$1件です。"],
    [/^Fullscreen: (.*)$/s, "大きく表示する: $1"], [/^Close fullscreen: (.*)$/s, "元の大きさに戻す: $1"],
    [/^add icon$/, "加える"], [/^Remove (.*)$/s, "$1 を取り消す"],
  ];
  const ATTRIBUTES = ["aria-label", "placeholder", "title"];
  const SAID = ".hk-text, .hk-table, pre, code, textarea, style, script, [data-testid=stMarkdownContainer], [data-testid=stFileChipName]";
  const japanese = (text) => {
    const phrase = text.trim();
    if (Object.hasOwn(PHRASES, phrase)) return PHRASES[phrase];
    for (const [pattern, into] of PATTERNS) if (pattern.test(phrase)) return phrase.replace(pattern, into);
    return null;
  };
  const option = (element) => {
    // The options of a menu are the names of documents and sections; Streamlit's own is the first one, to choose all.
    const one = element.closest("[role=option]");
    return one && one.dataset.key !== undefined && !/select.?all/i.test(one.dataset.key);
  };
  const name = (element) => {
    for (const attribute of ATTRIBUTES) {
      const said = element.getAttribute(attribute);
      const told = said && japanese(said);
      if (told) element.setAttribute(attribute, told);
    }
  };
  const text = (node) => {
    const element = node.parentElement;
    const told = element && japanese(node.nodeValue);
    if (told && !element.closest(SAID) && !option(element)) node.nodeValue = told;
  };
  const whole = (root) => {
    if (root.nodeType === Node.TEXT_NODE) return text(root);
    if (root.nodeType !== Node.ELEMENT_NODE) return;
    name(root);
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      if (walker.currentNode.nodeType === Node.TEXT_NODE) text(walker.currentNode);
      else name(walker.currentNode);
    }
  };
  whole(document.body);
  new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      if (type === "attributes") name(target);
      else if (type === "characterData") text(target);
      else addedNodes.forEach(whole);
    }
  }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ATTRIBUTES });
})();
