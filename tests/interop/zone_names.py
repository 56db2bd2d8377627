"""Says which zone each Windows name stands for by the published tzlocal library, which takes it from the Unicode CLDR, as JSON."""

import json
import sys

from tzlocal.windows_tz import win_tz

json.dump(win_tz, sys.stdout)
