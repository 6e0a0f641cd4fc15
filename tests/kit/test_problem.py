"""Problems, which a person can put right, wherever they turn up."""

import pickle

from kit.problem import Problem


def test_a_problem_of_another_process_arrives_in_both_languages() -> None:
    """Unpickled, it lacked an argument, and the pool of workers broke."""
    arrived = pickle.loads(pickle.dumps(Problem("The disk is full.", "磁盘已满。")))

    assert (arrived.en, arrived.zh) == ("The disk is full.", "磁盘已满。")
    assert str(arrived) == "error: The disk is full.\n错误：磁盘已满。"
