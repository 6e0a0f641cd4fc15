# The models, then the documents, then the page. With CHAT_MODEL_BASE_URL set, models elsewhere answer instead.
# 依次启动模型、文档索引和网页；设置 CHAT_MODEL_BASE_URL 则使用其他地方的模型。
set -e
if [ -z "$CHAT_MODEL_BASE_URL" ]; then
  python -m server &
  until python -c "from http.client import HTTPConnection as C; c = C('localhost', 8080, timeout=5); c.request('GET', '/health')" 2>/dev/null
  do
    kill -0 $!
    sleep 1
  done
fi
if [ -n "@DOCUMENTS@" ]; then
  python -m rag ingest "@DOCUMENTS@"
fi
exec python -m agents web @AGENT@ --public
