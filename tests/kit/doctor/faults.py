"""Faults to inject into a set-up that is sound, each with the cure that the doctor's words ask for.

`docs/faults.py` prints the table of docs/doctor.md from this list.
"""

import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass

from world import (
    Check,
    World,
    answers,
    asks,
    committed,
    compile_library,
    damaged_index,
    dead_hubs,
    delete_model,
    hide_package,
    idle_instructions,
    in_another_folder,
    little_disk,
    little_memory,
    live_hubs,
    locked_index,
    mirror_of_packages,
    mistyped_hub,
    no_index_of_packages,
    other_library,
    real_version,
    rename_index,
    restored,
    right_clock,
    served,
    setenv,
    sound_server,
    taken_port,
    truncated_model,
    uncommit,
    unsetenv,
    wants,
    wrong_clock,
)

from kit.doctor.checks import (
    env_lines,
    env_values,
    hubs,
    index,
    library,
    machine,
    models,
    network,
    ports,
    python,
)
from kit.doctor.probes import chat, embeddings, schema, tools, window


@dataclass(frozen=True)
class Fault:
    """`finding` is the code that tells of it, `named` what it must quote; no `cure`: `--fix` must do it."""

    en: str
    zh: str
    finding: str
    named: str
    check: Check
    inject: Callable[[World], object]
    cure: Callable[[World], object] | None = None

    @property
    def name(self) -> str:
        return self.en.replace(" ", "_")


URL = "CHAT_MODEL_BASE_URL=http://localhost:8080/v1"
NAME = "CHAT_MODEL_NAME=moly-chat"

FAULTS = [
    # .env, line by line
    Fault(".env called .env.txt by Notepad", "记事本存成了 .env.txt", "env.name", ".env.txt", env_lines.env_file,
          lambda w: (w.folder / ".env").rename(w.folder / ".env.txt")),
    Fault("no .env", "没有 .env", "env.missing", ".env.example", env_lines.env_file,
          lambda w: (w.folder / ".env").unlink()),
    Fault(".env saved as GBK", ".env 以 GBK 编码保存", "env.encoding", "UTF-8", env_lines.env_file,
          lambda w: w.env(f"{URL}\n# 月光\n", "gbk"), lambda w: w.env(f"{URL}\n# 月光\n")),
    Fault("full-width =", "全角等号", "env.full_width", "＝", env_lines.env_file, wants(NAME, "CHAT_MODEL_NAME＝moly-chat")),
    Fault("quotes of a Chinese keyboard", "中文引号", "env.full_width", "“", env_lines.env_file,
          wants(NAME, "CHAT_MODEL_NAME=“moly-chat”")),
    Fault("misspelt name", "变量名拼错", "env.misspelt", "CHAT_MODEL_URL", env_lines.env_file,
          wants(URL, "CHAT_MODEL_URL=http://localhost:8080/v1")),
    Fault("misspelt name beside the right one", "拼错的变量名与正确的并存", "env.misspelt", "CHAT_MODEL_NAM", env_lines.env_file,
          wants(NAME, f"{NAME}\nCHAT_MODEL_NAM=other")),
    Fault("the same line twice", "同一行写了两次", "env.twice", NAME[:15], env_lines.env_file, wants(NAME, f"{NAME}\n{NAME}")),
    Fault("two values for a name", "同一变量有两个值", "env.twice", "CHAT_MODEL_NAME", env_lines.env_file,
          wants(NAME, f"{NAME}\nCHAT_MODEL_NAME=other"), wants("CHAT_MODEL_NAME=other", "")),
    Fault("colon instead of =", "把等号写成冒号", "env.line", "NAME=value", env_lines.env_file,
          wants(NAME, "CHAT_MODEL_NAME: moly-chat"), wants("CHAT_MODEL_NAME: moly-chat", NAME)),
    Fault("quote that is not closed", "引号没有闭合", "env.line", "line", env_lines.env_file,
          wants(NAME, "CHAT_MODEL_NAME='moly-chat"), wants("'moly-chat", "moly-chat")),
    Fault("environment hides .env", "环境变量遮住 .env", "env.hidden", "CHAT_MODEL_NAME=gpt-4", env_lines.env_file,
          setenv("CHAT_MODEL_NAME", "gpt-4"), unsetenv("CHAT_MODEL_NAME")),
    Fault(".env in git", ".env 被 git 跟踪", "env.committed", "git rm --cached", env_lines.env_file, committed, uncommit),
    # what the settings say
    Fault("/v1 missing", "地址缺少 /v1", "env.v1", "http://localhost:8080", env_values.settings,
          wants(URL, URL.removesuffix("/v1"))),
    Fault("address of a route", "写成了具体接口地址", "env.v1", "/chat/completions", env_values.settings,
          wants(URL, URL + "/chat/completions")),
    Fault("https on http", "本机地址写成 https", "env.https", "https://localhost:8080", env_values.settings,
          wants(URL, URL.replace("http:", "https:"))),
    Fault("full-width address", "地址含全角字符", "env.address", "：", env_values.settings, wants(URL, URL.replace(":8080", "：8080"))),
    Fault("address without http://", "地址缺少 http://", "env.address", "localhost:8080/v1", env_values.settings,
          wants(URL, URL.replace("http://", ""))),
    Fault("agents and server on two ports", "智能体与服务器端口不一致", "env.port", "8081", env_values.settings,
          wants(URL, URL.replace("8080", "8081")), wants(":8081", ":8080")),
    Fault("key that the server does not know", "服务器不认识的密钥", "env.key", "CHAT_API_KEY", env_values.settings,
          setenv("MOLY_API_KEY", "heron-2027"),
          lambda w: (w.set("CHAT_API_KEY", "heron-2027"), w.set("EMBEDDING_API_KEY", "heron-2027"))),
    Fault("key with characters outside ASCII", "密钥含中文字符", "env.key_characters", "CHAT_API_KEY", env_values.settings,
          wants("CHAT_API_KEY=moly", "CHAT_API_KEY=密码"), wants("密码", "moly")),
    Fault("placeholder for a key", "密钥仍是占位内容", "env.placeholder", "api.example.com", env_values.settings,
          lambda w: (w.change(URL, "CHAT_MODEL_BASE_URL=https://api.example.com/v1"),
                     w.change("CHAT_API_KEY=moly", "CHAT_API_KEY=your-key")), wants("your-key", "sk-1234")),
    Fault("listening address that is none", "监听地址格式错误", "env.server", "8080", env_values.settings,
          wants("MOLY_API_SERVER_ADDR=localhost:8080", "MOLY_API_SERVER_ADDR=8080"), wants("ADDR=8080", "ADDR=localhost:8080")),
    Fault("full-width listening address", "监听地址含全角字符", "env.server", "：", env_values.settings,
          wants("MOLY_API_SERVER_ADDR=localhost:8080", "MOLY_API_SERVER_ADDR=localhost：8080")),
    Fault("open to the network without a key", "对局域网开放却没有密钥", "env.open", "0.0.0.0", env_values.settings,
          wants("MOLY_API_SERVER_ADDR=localhost", "MOLY_API_SERVER_ADDR=0.0.0.0"),
          lambda w: [w.set(name, "heron-2027") for name in ("MOLY_API_KEY", "CHAT_API_KEY", "EMBEDDING_API_KEY")]),
    Fault("OPENAI_BASE_URL set", "设置了 OPENAI_BASE_URL", "env.openai_base_url", "https://api.example.com", env_values.settings,
          setenv("OPENAI_BASE_URL", "https://api.example.com"), unsetenv("OPENAI_BASE_URL")),
    # Python
    Fault("Python that is too old", "Python 版本过旧", "python.version", "3.11", python.interpreter,
          lambda w: w.patch.setattr(sys, "version_info", (3, 10, 1)), restored),
    Fault("no environment", "没有虚拟环境", "python.venv", "README.md", python.interpreter,
          lambda w: w.patch.setattr(sys, "prefix", sys.base_prefix), restored),
    Fault("package that is missing", "缺少软件包", "python.packages", "mammoth", python.packages,
          lambda w: hide_package(w, "mammoth"), restored),
    Fault("package in another version", "软件包版本不同", "python.versions", "openai 0.28", python.packages,
          lambda w: w.patch.setattr(python, "version", lambda name: "0.28" if name == "openai" else real_version(name)), restored),
    Fault("package agents that hides ours", "agents 包遮住了本套件", "python.hidden", "import agents", python.hidden,
          in_another_folder, restored),
    Fault("file that hides a library", "文件遮住了同名的库", "python.shadow", "openai.py", python.hidden,
          lambda w: (w.folder / "openai.py").touch(),
          lambda w: (w.folder / "openai.py").rename(w.folder / "my_openai.py")),
    # the machine
    Fault("too little memory", "内存不足", "machine.memory", "0.7 GB", machine.memory, little_memory, restored),
    Fault("disk nearly full", "磁盘将满", "machine.disk", "0.2 GB", machine.disk, little_disk(200_000_000), restored),
    Fault("folder of llama.cpp that has none", "llama.cpp 目录是空的", "library", "libs", library.library,
          other_library, unsetenv("LLAMA_CPP_LIB_PATH")),
    Fault("processor that can more than llama.cpp uses", "llama.cpp 没有用到处理器的全部指令", "library.faster", "avx512_vnni",
          library.instructions, idle_instructions, compile_library),
    # models
    Fault("model that is not in the catalogue", "目录中没有的模型", "models.file", "gpt-4o", models.models,
          wants("CHAT_MODEL=qwen2.5-coder-1.5b", "CHAT_MODEL=gpt-4o"), wants("gpt-4o", "qwen2.5-coder-1.5b")),
    Fault("model file that is not there", "模型文件不存在", "models.file", "heron.gguf", models.models,
          wants("CHAT_MODEL=qwen2.5-coder-1.5b", "CHAT_MODEL=./heron.gguf"), wants("./heron.gguf", "qwen2.5-coder-1.5b")),
    Fault("model file cut off", "模型文件不完整", "models.file", "4 bytes", models.models, truncated_model, delete_model),
    Fault("embedding model as chat model", "把嵌入模型当作对话模型", "models.file", "CHAT_MODEL=multilingual-e5-small", models.models,
          wants("CHAT_MODEL=qwen2.5-coder-1.5b", "CHAT_MODEL=multilingual-e5-small"),
          wants("CHAT_MODEL=multilingual-e5-small", "CHAT_MODEL=qwen2.5-coder-1.5b")),
    Fault("chat model as reranker", "把对话模型当作重排序模型", "models.file", "RERANK_MODEL=qwen2.5-coder-1.5b", models.models,
          setenv("RERANK_MODEL", "qwen2.5-coder-1.5b"), unsetenv("RERANK_MODEL")),
    Fault("no room for the model", "磁盘放不下模型", "models.room", "smollm2-135m", models.models,
          lambda w: (w.set("MODELS_DIR", str(w.folder)), w.set("CHAT_MODEL", "smollm2-135m"), little_disk(1000)(w)), restored),
    # the network
    Fault("proxy that does not run", "代理未运行", "network.proxy_dead", "127.0.0.1:9", network.proxies,
          setenv("https_proxy", "http://127.0.0.1:9"), unsetenv("https_proxy")),
    Fault("proxy that is no address", "代理地址无效", "network.proxy", "htp:", network.proxies,
          setenv("https_proxy", "htp://127.0.0.1:9"), unsetenv("https_proxy")),
    Fault("proxy that takes localhost", "代理接管了 localhost", "network.no_proxy", "NO_PROXY", network.proxies,
          lambda w: w.set("http_proxy", f"http://127.0.0.1:{w.listen()}"), setenv("NO_PROXY", "localhost,127.0.0.1,::1")),
    Fault("SOCKS proxy without its package", "SOCKS 代理缺少依赖", "network.socks", "socksio", network.proxies,
          lambda w: (w.set("all_proxy", "socks5://127.0.0.1:9"), w.patch.setattr(network, "find_spec", lambda name: None)),
          restored),
    Fault("package index out of reach", "软件包索引无法访问", "network.index", "pip", network.package_index,
          no_index_of_packages, mirror_of_packages),
    Fault("hubs out of reach", "模型站无法访问", "network.hubs", "Hugging Face", hubs.hubs, dead_hubs, live_hubs),
    Fault("address of a hub that is none", "模型站地址无效", "network.hub_address", "HF_ENDPOINT=https://hf-mirror.com:abc", hubs.hubs,
          mistyped_hub, live_hubs),
    Fault("certificates that are not there", "证书文件不存在", "network.certificates", "SSL_CERT_FILE=corporate.pem", hubs.hubs,
          lambda w: (live_hubs(w), w.set("SSL_CERT_FILE", "corporate.pem")), unsetenv("SSL_CERT_FILE")),
    Fault("clock eight hours off", "时钟偏差八小时", "network.clock", "480 minutes", hubs.hubs, wrong_clock, right_clock),
    Fault("localhost leads elsewhere", "localhost 指向别处", "network.localhost", "10.9.8.7", network.names,
          lambda w: w.patch.setattr(socket, "getaddrinfo", lambda *_: [(2, 1, 6, "", ("10.9.8.7", 0))]), restored),
    Fault("port taken by another program", "端口被其他程序占用", "ports.taken", "port", ports.port,
          taken_port, lambda w: w.set("MOLY_API_SERVER_ADDR", "localhost:9")),
    # the server
    Fault("server not started", "服务器未启动", "server.answer", "python -m server", answers(),
          setenv("CHAT_MODEL_BASE_URL", "http://localhost:9/v1"), sound_server),
    Fault("key refused", "密钥被拒绝", "server.answer", "CHAT_API_KEY", answers(),
          served(key="heron-2027"), setenv("CHAT_API_KEY", "heron-2027")),
    Fault("sign-in page instead of an API", "返回登录网页而不是接口", "server.answer", "web page", answers(),
          served("api"), sound_server),
    Fault("name of a model that is not there", "模型名不存在", "server.model", "qwen3:8b", answers(),
          served(models=("qwen3:8b",)), setenv("CHAT_MODEL_NAME", "qwen3:8b")),
    # the index
    Fault("index open in another program", "索引被其他程序占用", "index.unusable", "another process", index.lock,
          locked_index, rename_index),
    Fault("index damaged", "索引损坏", "index.unusable", "damaged", index.lock, damaged_index, rename_index),
    # what an endpoint can't do
    Fault("chat without a word", "回答是空的", "can.chat", "moly-chat", asks(chat.answer), served("words"), sound_server),
    Fault("usage not told", "不返回用量", "can.usage", "usage", asks(chat.answer), served("usage"), sound_server),
    Fault("model must be named", "必须带 model", "can.no_model", "model", asks(chat.without_model), served("model_default"), sound_server),
    Fault("cut answers look whole", "截断无法识别", "can.max_tokens", "'stop'", asks(chat.length), served("length"), sound_server),
    Fault("stream in one piece", "流式输出只有一段", "can.stream", "1 piece", asks(chat.stream), served("deltas"), sound_server),
    Fault("stream without an end", "流没有结束标记", "can.stream_end", "finish_reason", asks(chat.stream), served("end"), sound_server),
    Fault("stream without usage", "流式不返回用量", "can.stream_usage", "usage", asks(chat.stream), served("stream_usage"), sound_server),
    Fault("no tools at all", "不支持工具", "can.tools", "does not support tools", asks(tools.auto), served("tools"), sound_server),
    Fault("calls passed on as text", "工具调用以文本返回", "can.tools", "as text", asks(tools.auto), served("reading"), sound_server),
    Fault("model never calls", "模型不调用工具", "can.tools", "no call", asks(tools.auto), served("calls"), sound_server),
    Fault("arguments against the schema", "参数不符合 schema", "can.tools", "Paris", asks(tools.auto), served("arguments"), sound_server),
    Fault("calls that end with stop", "调用以 stop 结束", "can.tools_end", "'stop'", asks(tools.auto), served("reason"), sound_server),
    Fault("tool_choice required refused", "不支持 required", "can.tools_required", "400", asks(tools.required), served("forced"), sound_server),
    Fault("tool_choice by name refused", "不支持指定工具", "can.tools_named", "400", asks(tools.named), served("forced"), sound_server),
    Fault("one call at a time", "不支持并行调用", "can.tools_parallel", "1 for two", asks(tools.parallel), served("parallel"), sound_server),
    Fault("deltas without index", "增量缺少 index", "can.tools_stream", "index", asks(tools.streamed), served("index"), sound_server),
    Fault("name in every delta", "每个增量都带名称", "can.tools_stream", "2 times", asks(tools.streamed), served("one_name"), sound_server),
    Fault("result of a tool not used", "不使用工具结果", "can.tools_result", "no idea", asks(tools.result), served("results"), sound_server),
    Fault("schema refused", "不支持 JSON schema", "can.schema", "400", asks(schema.schema), served("schema_field"), sound_server),
    Fault("schema not held", "不遵守 JSON schema", "can.schema", "red and round", asks(schema.schema), served("schema"), sound_server),
    Fault("no JSON objects", "不支持 JSON 对象", "can.json_object", "json_object", asks(schema.json_object), served("schema"), sound_server),
    Fault("context length not told", "没有说明上下文长度", "can.context", "context length", asks(window.window), served("context"), sound_server),
    Fault("small context", "上下文太短", "can.context", "1024", asks(window.window), served("room"), sound_server),
    Fault("no embeddings", "不支持嵌入", "can.embeddings", "does not support embeddings", asks(embeddings.vectors, "EMBEDDING"), served("embeddings"), sound_server),
    Fault("vectors of zeros", "全零向量", "can.embeddings", "zeros", asks(embeddings.vectors, "EMBEDDING"), served("numbers"), sound_server),
    Fault("vectors in another order", "向量顺序错乱", "can.embeddings_order", "alone", asks(embeddings.vectors, "EMBEDDING"), served("order"), sound_server),
    Fault("wrong pooling", "池化方式错误", "can.pooling", "1.00", asks(embeddings.vectors, "EMBEDDING"), served("meaning"), sound_server),
    Fault("no base64", "不支持 base64", "can.embeddings_base64", "base64", asks(embeddings.as_base64, "EMBEDDING"), served("base64"), sound_server),
]  # fmt: skip
