"""Speech by a Whisper model of the user's, with CTranslate2 on this machine (extra `voice`). Nothing leaves it."""
