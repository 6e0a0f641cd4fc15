"""The names that spans carry: OpenTelemetry's semantic conventions for generative AI, version 1.41.0."""

SCHEMA = "https://opentelemetry.io/schemas/1.41.0"

OPERATION = "gen_ai.operation.name"
INVOKE_AGENT = "invoke_agent"
CHAT = "chat"
EXECUTE_TOOL = "execute_tool"

# By the conventions the flavour of the API, whoever serves the model; `server.address` tells who does.
PROVIDER = "gen_ai.provider.name"
OPENAI = "openai"
MODEL = "gen_ai.request.model"
SERVER_ADDRESS = "server.address"
SERVER_PORT = "server.port"
AGENT_NAME = "gen_ai.agent.name"

INPUT_TOKENS = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
CACHED_TOKENS = "gen_ai.usage.cache_read.input_tokens"

TOOL_NAME = "gen_ai.tool.name"
TOOL_TYPE = "gen_ai.tool.type"
FUNCTION = "function"
TOOL_CALL_ID = "gen_ai.tool.call.id"

ERROR_TYPE = "error.type"
OTHER_ERROR = "_OTHER"

# What people and models say: only where somebody has asked for it.
INPUT_MESSAGES = "gen_ai.input.messages"
OUTPUT_MESSAGES = "gen_ai.output.messages"
TOOL_ARGUMENTS = "gen_ai.tool.call.arguments"
TOOL_RESULT = "gen_ai.tool.call.result"
