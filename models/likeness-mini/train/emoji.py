"""Drawn objects with names: Fluent Emoji 3D (MIT) and Noto Emoji (Apache-2.0), named by emojibase (MIT).

They come from the npm packages @lobehub/fluent-emoji-3d 1.1.0, emoji-datasource-google 16.0.0 and
emojibase-data 17.0.0, unpacked side by side in one folder.
"""

import json
from pathlib import Path

GROUPS = (3, 4, 5, 6, 7)  # animals and nature, food, travel, activities, objects
TEMPLATES = ["{}", "a picture of {}", "buy {}"]


def load_emoji(folder):
    """Rows {path, label, tags}, one for each style of each emoji."""
    folder = Path(folder)
    styles = {"fluent/assets": ".webp", "google/img/google/64": ".png"}
    missing = [place for place in styles if not (folder / place).is_dir()]
    if missing:
        raise FileNotFoundError(f"{folder} has no {missing[0]}: unpack the emoji packages into it, as build.sh does")
    rows = []
    for item in json.loads((folder / "base/en/data.json").read_text()):
        if item.get("group") not in GROUPS:
            continue
        code = item["hexcode"].lower()
        for place, ending in styles.items():
            options = [folder / place / (name + ending) for name in (code, code + "-fe0f", code.replace("-fe0f", ""))]
            found = next((path for path in options if path.exists()), None)
            if found:
                rows.append({"path": str(found), "label": item["label"], "tags": item.get("tags", [])})
    return rows
